/// Random labels on the forget set, where only the weights move that the forget set's loss depends on most.
/// Source: Fan et al., "SalUn", ICLR 2024. (They rank by the sum over batches of the gradient; here by its mean over samples.)
method salun(
  keep: percent in 0..100 = 50%,
  lr: real > 0 usual 1e-4..0.1 = 0.01,
  epochs: epochs = 10 epochs,
  batch: samples > 0 = 256 samples,
  labels: random | other = random
) {
  start from original
  update only top(keep, rank: gradient(ce(forget)))
  repeat epochs over retain + forget in batches of batch {
    minimize ce(retain) + ce(forget, labels: labels)
    by sgd(lr: lr, momentum: 0.9, weight_decay: 5e-4)
  }
}
