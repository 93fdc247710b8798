// Ranges.
dataset d = digits(validation: 80%)
//~ error out-of-range: `validation` is out of range: 80%

experiment a {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(120%)
//~ error out-of-range: `budget` is out of range: 120%
  unlearn = each [retrain, ft(lr: -1), ga(lr: 0)]
//~ error out-of-range: `lr` is out of range: -1
//~ error out-of-range: `lr` is out of range: 0
  seed    = -1
//~ error out-of-range: `seed` is out of range: -1
  measure = [ua, ra, ta]
}
