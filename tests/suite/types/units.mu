// Units.
let away = 3 lightyears
//~ error wrong-unit: there is no unit `lightyears`
//~ warning unused: `away` is never used

experiment a {
  data    = digits
  model   = small_cnn
  train   = training(0.1 epochs, batch: 64)
//~ error wrong-unit: `batch` takes a number of samples
//~ error wrong-unit: `epochs` takes a number of epochs
  forget  = random(0.1)
//~ error wrong-unit: `budget` takes a percentage such as `10%` or a number of samples
  unlearn = each [retrain, ft(lr: 10%)]
//~ error wrong-unit: `lr` takes a plain number
  seed    = each 0..3
  measure = [ua, ra, ta]
}

experiment b {
  data    = digits
  model   = small_cnn
  train   = training(5 samples)
//~ error wrong-unit: `epochs` takes a number of epochs
  forget  = random(10 epochs)
//~ error wrong-unit: `budget` takes a percentage such as `10%` or a number of samples
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
}
