//! A recipe with two epochs of warm-up, a cosine and smoothed labels, beside the same without them.
mu 1

experiment label_smoothing {
  data    = digits
  model   = small_cnn(width: 4)
  train   = each {
    plain    = training(4 epochs, batch: 64 samples, optimizer: sgd(lr: 0.05))
    smoothed = training(
      4 epochs,
      batch: 64 samples,
      optimizer: sgd(lr: 0.05, schedule: warmup(2 epochs, before: cosine)),
      label_smoothing: 0.1
    )
  }
  forget  = random(10%)
  unlearn = each [retrain, ft(epochs: 1 epochs)]
  measure = [ua, ra]
}
