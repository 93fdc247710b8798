// Data sets.
dataset grey(share: percent = 10%) {
  source     = uci_digits
  classes    = 10
  channels   = 1
  canvas     = 8 px
  holdout    = 20%
  validation = share
  normalize  = channels(mean: [0.3], std: [0.4])
}

dataset wrong() {
  source    = idx_files("x")
  classes   = 10
  channels  = 3
  canvas    = 28 px
  train     = 10
  augment   = [crop(4 px), flip]
  normalize = channels(mean: [0.3], std: [0])
//~ error out-of-range: `std` is out of range: 0
  colour    = true
//~ error unknown-field: a dataset has no field `colour`
}

dataset unfinished() {
//~ error missing-field: dataset `unfinished` has no `channels`
  source = uci_digits
}

experiment a {
  data    = grey(20%)
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
}
