/// Gradient difference with a divergence: ascent on the forget set, while the retain set's outputs stay the original model's.
/// Source: Maini et al. (TOFU), COLM 2024, who call it KL minimization; OpenUnlearning has it as GradDiff with `retain_loss_type: KL`. Weights are
/// theirs; their rate (1e-5, AdamW) is for language models: rate and epochs are those of `ga`, since the ascent is the same.
method graddiff_kl(
  /// Of the ascent on the forget set.
  gamma: real >= 0 = 1,
  /// Of the divergence on the retain set.
  alpha: real >= 0 = 1,
  lr: real > 0 usual 1e-6..1e-2 = 1e-4,
  epochs: epochs = 5 epochs,
  batch: samples > 0 = 256 samples
) {
  start from original
  repeat epochs over retain with forget in batches of batch {
    minimize alpha * kl(original, retain) - gamma * ce(forget)
    by sgd(lr: lr, momentum: 0.9, weight_decay: 5e-4)
  }
}
