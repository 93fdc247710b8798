//! Training with mixup, beside the same without.
mu 1

experiment mixup {
  data    = digits
  model   = small_cnn(width: 4)
  train   = training(4 epochs, batch: 64 samples, optimizer: sgd(lr: 0.05), mixup: each { none = none, mixed = 0.2 })
  forget  = random(10%)
  unlearn = each [retrain, ft(epochs: 1 epochs)]
  measure = [ua, ra]
}
