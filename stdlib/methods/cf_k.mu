/// Catastrophic forgetting of the last k layers: these are fine-tuned on the retain set, the rest is frozen.
/// Source: Goel et al. 2022. (Unlearn-WorstCase builds a new optimizer in every epoch: no momentum goes from one to the next.)
/// Rate, epochs, batch and k are Unlearn-WorstCase's.
method cf_k(
  k: layers > 0 = 1 layers,
  lr: real > 0 usual 1e-4..0.1 = 0.01,
  epochs: epochs = 10 epochs,
  batch: samples > 0 = 256 samples
) {
  start from original
  update only last(k)
  repeat epochs over retain in batches of batch {
    minimize ce(retain)
    by sgd(lr: lr, momentum: 0.9, weight_decay: 5e-4)
  }
}
