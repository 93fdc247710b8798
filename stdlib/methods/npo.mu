/// −(2/β) · log σ(−β · log(p / p₀)), p the true class's probability, p₀ the original model's: gradient ascent that dies out where p is far
/// below p₀ (Zhang et al. 2024).
loss negative_preference(of: set, beta: real > 0 = 0.1) =
  mean(of, -2 / beta * log_sigmoid(-beta * (log_p(label) - original.log_p(label))))

/// Negative preference optimisation (NPO) with the retain set's loss beside it, for classifiers.
/// Source: Zhang, Lin, Bai, Mei, COLM 2024, whose tables have it as NPO+RT; beta and both weights are theirs, `alpha: 0` is NPO alone. Their
/// rate (1e-5, AdamW) is for language models: optimizer, rate, epochs and batch are those of `ft`.
method npo(
  beta: real > 0 = 0.1,
  /// Of the retain set's loss.
  alpha: real >= 0 = 1,
  lr: real > 0 usual 1e-5..0.1 = 0.01,
  epochs: epochs = 10 epochs,
  batch: samples > 0 = 256 samples
) {
  start from original
  repeat epochs over retain with forget in batches of batch {
    minimize alpha * ce(retain) + negative_preference(forget, beta: beta)
    by sgd(lr: lr, momentum: 0.9, weight_decay: 5e-4)
  }
}
