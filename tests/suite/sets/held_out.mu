// What may be trained on, and what may choose.
method leaky() {
  start from original
  repeat 1 epochs over test in batches of 64 samples { minimize ce(validation) by sgd(lr: 0.1) }
//~ error held-out: `of` may use training samples only
//~ error held-out: `over` may use training samples only
}

experiment a {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, avg_gap]
  tune unlearn.lr over [1e-3, 1e-2] {
    minimize = avg_gap
//~ error held-out: `avg_gap` uses test samples, and `tune` must not see them
  }
}

experiment b {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
  tune unlearn.lr over [1e-3, 1e-2] {
    maximize = va
  }
}
