// Words of an enumeration.
experiment a {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [retrain, rl(labels: randon)]
//~ error unknown-name: nothing is called `randon`
  seed    = each 0..3
  measure = [mia(feature: confidenc), accuracy(tset)]
//~ error unknown-name: nothing is called `confidenc`
//~ error unknown-name: nothing is called `tset`
}
