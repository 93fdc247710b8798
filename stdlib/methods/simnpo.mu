/// −(2/β) · log σ(−β · log p − γ), p the true class's probability: `negative_preference` without a reference model (Fan et al. 2024).
loss simple_preference(of: set, beta: real > 0 = 2.5, gamma: real = 0) =
  mean(of, -2 / beta * log_sigmoid(-beta * log_p(label) - gamma))

/// Simple negative preference optimisation (SimNPO): NPO without the original model, for classifiers, whose answers have length 1.
/// Source: Fan et al., "Simplicity Prevails", NeurIPS 2025. beta, gamma and both weights are those of their code on TOFU, forget05 (4.5 and
/// 0.125 on forget10). (With another gamma than 0 their code has β · (−log p − γ), the paper the form here.) Their rate (1e-5, AdamW) is for
/// language models: optimizer, rate, epochs and batch are those of `ft`.
method simnpo(
  beta: real > 0 = 2.5,
  gamma: real = 0,
  /// Of the forget set's loss.
  weight: real >= 0 = 0.1375,
  /// Of the retain set's loss.
  alpha: real >= 0 = 1,
  lr: real > 0 usual 1e-5..0.1 = 0.01,
  epochs: epochs = 10 epochs,
  batch: samples > 0 = 256 samples
) {
  start from original
  repeat epochs over retain with forget in batches of batch {
    minimize alpha * ce(retain) + weight * simple_preference(forget, beta: beta, gamma: gamma)
    by sgd(lr: lr, momentum: 0.9, weight_decay: 5e-4)
  }
}
