// The forget set is a part of what the original was trained on: same data, same split.
experiment a {
  data    = digits(split_seed: 1)
  model   = small_cnn
  train   = training(5 epochs, on: digits(split_seed: 2))
//~ error mixed-splits: the original model is trained on the split of seed 2, the sets come from seed 1
  forget  = random(10%)
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
}

experiment b {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs, on: fashion_mnist)
//~ error mixed-splits: the original model is trained on another data set than it unlearns
  forget  = random(10%)
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
}

experiment c {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs, on: digits(validation: 20%))
//~ error mixed-splits: the original model is trained on another part of the data than it unlearns
  forget  = random(10%)
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
}

experiment d {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs, on: digits)
  forget  = random(10%)
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
}
