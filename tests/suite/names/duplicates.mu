// The same name twice.
let x = 1
//~ warning unused: `x` is never used
let x = 2
//~ error duplicate: `x` is defined twice
//~ warning unused: `x` is never used

experiment a {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [retrain, retrain, ft(lr: 0.1, lr: 0.2)]
//~ error duplicate: `lr` is given twice
//~ error duplicate: this position is on the axis twice
//~ warning unusual: `lr` of `ft` is outside the published range: 0.2
  seed    = each 0..3
  measure = [ua, ua]
//~ error duplicate: metric `ua` is listed twice
  seed = 4
//~ error duplicate: `seed` is set twice
}
