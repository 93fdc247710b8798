/// Random labels on the forget set, redrawn every epoch, true labels on the rest.
/// Source: Golatkar, Achille, Soatto, CVPR 2020; as run by Unlearn-WorstCase (Fan et al. 2024).
method rl(lr: real > 0 = 0.01, epochs: epochs = 10 epochs, batch: samples > 0 = 256 samples) {
  start from original
  repeat epochs over retain + forget in batches of batch {
    minimize ce(retain) + ce(forget, labels: random)
    by sgd(lr: lr, momentum: 0.9, weight_decay: 5e-4)
  }
}
