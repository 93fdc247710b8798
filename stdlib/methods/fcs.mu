/// Forget, contrast, strengthen: a pass towards equal outputs on the forget set; then rounds of a pass that drives its
/// outputs away from retain outputs, and a pass over the retain set.
/// Source: first place of the NeurIPS 2023 unlearning challenge; constants as in Deep Unlearn (Cadet et al. 2024), whose
/// contrastive passes stop after one forget set, as here.
method fcs(
  lr: real > 0 usual 1e-5..0.1 = 0.005,
  retain_lr: real > 0 usual 1e-5..0.1 = 0.004,
  forget_lr: real > 0 usual 1e-6..0.1 = 3e-4,
  temperature: real > 0 = 1.15,
  epochs: epochs = 8 epochs,
  batch: samples > 0 = 256 samples
) {
  start from original
  repeat 1 epochs over forget in batches of batch {
    minimize ce(forget, labels: uniform)
    by sgd(lr: lr, momentum: 0.9, weight_decay: 0)
  }
  alternate epochs {
    repeat 1 epochs over forget with retain in batches of batch {
      minimize contrast(forget, temperature: temperature)
      by sgd(lr: forget_lr, momentum: 0.9, weight_decay: 0, schedule: cosine)
    }
    repeat 1 epochs over retain in batches of batch {
      minimize ce(retain)
      by sgd(lr: retain_lr, momentum: 0.9, weight_decay: 1e-2)
    }
  }
}
