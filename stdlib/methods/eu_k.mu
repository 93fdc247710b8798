/// Exact unlearning of the last k layers: they are drawn anew, once, and trained on the retain set; the rest is frozen.
/// Source: Goel et al. 2022. (Unlearn-WorstCase draws them anew in every epoch: one epoch of training in effect.)
/// Rate, epochs, batch and k are Unlearn-WorstCase's.
method eu_k(
  k: layers > 0 = 1 layers,
  lr: real > 0 usual 1e-4..0.1 = 0.01,
  epochs: epochs = 10 epochs,
  batch: samples > 0 = 256 samples
) {
  start from original
  update only last(k)
  reinit last(k)
  repeat epochs over retain in batches of batch {
    minimize ce(retain)
    by sgd(lr: lr, momentum: 0.9, weight_decay: 5e-4)
  }
}
