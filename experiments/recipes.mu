//! Recipes that several experiments share.
mu 1

/// Twenty epochs of SGD, the learning rate cut to a tenth after ten and after fifteen.
let twenty = training(
  epochs: 20 epochs,
  batch: 256 samples,
  optimizer: sgd(lr: 0.1, schedule: steps(at: [10 epochs, 15 epochs], factor: 0.1))
)

/// Fifteen epochs of SGD along half a cosine.
let short = training(
  epochs: 15 epochs,
  batch: 128 samples,
  optimizer: sgd(lr: 0.02, momentum: 0.9, weight_decay: 5e-4, schedule: cosine)
)

/// 4 000 training and 2 000 test images of Fashion-MNIST, as they are: 28 × 28 px, not augmented.
let small_fashion = idx(
  "/usr/share/datasets/fashion-mnist",
  train: 4000 samples,
  test: 2000 samples,
  mean: 0.2860,
  std: 0.3530
)
