//! How original models are trained.
mu 1

/// Twenty epochs of SGD, the learning rate falling by half a cosine.
let short = training(
  epochs: 20 epochs,
  batch: 64 samples,
  optimizer: sgd(lr: 0.05, schedule: cosine)
)
