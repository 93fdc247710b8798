// Arguments.
experiment a {
  data    = digits
  model   = small_cnn(8, 9)
//~ error unknown-field: `small_cnn` does not take one more argument
  train   = training(optimizer: sgd())
//~ error missing-field: `sgd` needs `lr`
//~ error missing-field: `training` needs `epochs`
  forget  = random()
//~ error missing-field: `random` needs `budget`
  unlearn = each [retrain, ft(rate: 0.1)]
//~ error unknown-field: `ft` does not take `rate`
  seed    = each 0..3
  measure = [ua, ra, ta]
}
