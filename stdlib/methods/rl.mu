/// Random labels on the forget set, redrawn every epoch, true labels on the rest.
/// Source: Golatkar, Achille, Soatto, CVPR 2020; as run by Unlearn-WorstCase (Fan et al. 2024), whose rate, epochs, batch and law of
/// labels these are.
method rl(
  lr: real > 0 usual 1e-4..0.1 = 0.01,
  epochs: epochs = 10 epochs,
  batch: samples > 0 = 256 samples,
  /// Over all classes, or over all but the true one: implementations differ.
  labels: random | other = random
) {
  start from original
  repeat epochs over retain + forget in batches of batch {
    minimize ce(retain) + ce(forget, labels: labels)
    by sgd(lr: lr, momentum: 0.9, weight_decay: 5e-4)
  }
}

/// Random labels over all classes: the true one may come up.
method rl@uniform(lr: real > 0 usual 1e-4..0.1 = 0.01, epochs: epochs = 10 epochs, batch: samples > 0 = 256 samples) = rl(lr, epochs, batch, labels: random)

/// Random labels over the wrong classes only.
method rl@excluding_true(lr: real > 0 usual 1e-4..0.1 = 0.01, epochs: epochs = 10 epochs, batch: samples > 0 = 256 samples) = rl(lr, epochs, batch, labels: other)
