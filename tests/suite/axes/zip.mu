// Pairing axes.
experiment a {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(each [1%, 10%])
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
  zip(forget.budget, seed)
//~ error zip-length: these axes have different numbers of positions
}

experiment b {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(each [1%, 10%, 20%])
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
  zip(forget.budget, seed)
}

experiment c {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
  zip(seeds, seed)
//~ error unknown-axis: `c` has no axis `seeds`
}
