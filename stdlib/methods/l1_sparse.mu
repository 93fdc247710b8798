/// Fine-tuning on the retain set with an ℓ1 penalty, whose factor falls linearly to 0 and is 0 in the last `rest` epochs.
/// Source: Jia et al., NeurIPS 2023, whose factor is 5e-4 in the paper; Unlearn-WorstCase's code has 1e-3, and both have no `rest`. Rate,
/// epochs and batch are those of `ft`.
method l1_sparse(
  alpha: real >= 0 usual 1e-5..1e-3 = 5e-4,
  lr: real > 0 usual 1e-4..0.1 = 0.01,
  epochs: epochs = 10 epochs,
  rest: epochs = 0 epochs,
  batch: samples > 0 = 256 samples
) {
  start from original
  repeat epochs over retain in batches of batch {
    minimize ce(retain) + decay(alpha * l1(all), rest: rest)
    by sgd(lr: lr, momentum: 0.9, weight_decay: 5e-4)
  }
}
