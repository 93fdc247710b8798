/// Descent on the retain set and ascent on the forget set in one step: alpha·CE(retain) − (1 − alpha)·CE(forget),
/// a batch of each, the forget set gone through again until the retain set is.
/// Source: Kurmanji et al., NeurIPS 2023, whose code has 0.01 and 10 epochs; 5 here, as `ga` has, since each step also ascends. Where
/// the forget set is smaller than a batch it is repeated to fill one; there the batch is the set, which has the same expectation.
method neggrad_plus(
  alpha: real in 0..1 = 0.95,
  lr: real > 0 usual 1e-4..0.1 = 0.01,
  epochs: epochs = 5 epochs,
  batch: samples > 0 = 256 samples
) {
  start from original
  repeat epochs over retain with forget in batches of batch {
    minimize alpha * ce(retain) - (1 - alpha) * ce(forget)
    by sgd(lr: lr, momentum: 0.9, weight_decay: 5e-4)
  }
}
