/// Knowledge distillation: the first convolution and the last layer are drawn anew; the student follows the original
/// model, then also the labels.
/// Source: sixth place of the NeurIPS 2023 unlearning challenge; constants as in Deep Unlearn (Cadet et al. 2024). They warm
/// up on validation data, which mu keeps from every training: here on the retain set. Their soft cross-entropy has the
/// gradient of the divergence, hence the factor 2; their divergence has no T².
method kde(
  temperature: real > 0 = 5,
  lr: real > 0 usual 1e-5..0.1 = 9e-4,
  retain_lr: real > 0 usual 1e-5..0.1 = 1e-3,
  epochs: epochs = 3 epochs,
  retain_epochs: epochs = 3 epochs,
  batch: samples > 0 = 64 samples
) {
  start from original
  reinit first(1 layers) - norms + last(1 layers)
  repeat epochs over retain in batches of batch {
    minimize 1 / (temperature * temperature) * kl(original, retain, temperature: temperature)
    by sgd(lr: lr, momentum: 0.9, weight_decay: 5e-4)
  }
  repeat retain_epochs over retain in batches of batch {
    minimize ce(retain) + 2 / (temperature * temperature) * kl(original, retain, temperature: temperature)
    by sgd(lr: retain_lr, momentum: 0.9, weight_decay: 5e-4, schedule: cosine)
  }
}
