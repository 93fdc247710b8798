/// Confuse, fine-tune, weaken: strong noise on the first convolution, fine-tuning with balanced classes, weak noise before
/// the last epoch.
/// Source: third place of the NeurIPS 2023 unlearning challenge; constants as in Deep Unlearn (Cadet et al. 2024), whose
/// code reaches the convolutions at the top level of the network: the first.
method cfw(
  confuse: real >= 0 = 0.6,
  weaken: real >= 0 = 0.005,
  lr: real > 0 usual 1e-5..0.1 = 7e-4,
  batch: samples > 0 = 64 samples
) {
  start from original
  step first(1 layers) - norms by noise(confuse)
  repeat 3 epochs over retain in batches of batch {
    minimize ce(retain, balance: 1)
    by sgd(lr: lr, momentum: 0.9, weight_decay: 5e-4, schedule: cosine(epochs: 4 epochs))
  }
  step first(1 layers) - norms by noise(weaken)
  repeat 1 epochs over retain in batches of batch {
    minimize ce(retain, balance: 1)
    // Half a cosine over four epochs, at its last.
    by sgd(lr: 0.1464466 * lr, momentum: 0.9, weight_decay: 5e-4)
  }
}
