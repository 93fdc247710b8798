/// Convolution transpose: the kernels' rows and columns change places, then fine-tuning on the retain set.
/// Source: fifth place of the NeurIPS 2023 unlearning challenge; constants as in Deep Unlearn (Cadet et al. 2024).
method ct(
  lr: real > 0 usual 1e-5..0.1 = 1e-3,
  epochs: epochs = 3 epochs,
  batch: samples > 0 = 64 samples
) {
  start from original
  step convs by transpose
  repeat epochs over retain in batches of batch {
    minimize ce(retain)
    by sgd(lr: lr, momentum: 0.9, weight_decay: 5e-4, schedule: cosine)
  }
}
