//! What the bundle beside was written for.
mu 1

experiment bundled {
  data    = digits
  model   = small_cnn(width: 2)
  train   = training(1 epochs, batch: 64 samples, optimizer: sgd(lr: 0.05))
  forget  = random(10%)
  unlearn = ft(epochs: 1 epochs)
  measure = [ua]
}
