/// Unlearning-aware minimisation (UAM): each step descends along the retain set's gradient, taken where the weights have moved by `rho` up
/// the forget set's loss.
/// Source: Kim et al., NeurIPS 2025; optimizer, rate and epochs are those of their code's tables. They tune rho, and let it fall along half a cosine;
/// 0.05 is that of sharpness-aware minimisation, and it stays.
method uam(
  rho: real >= 0 usual 0.01..1 = 0.05,
  lr: real > 0 usual 1e-4..0.1 = 0.01,
  epochs: epochs = 5 epochs,
  batch: samples > 0 = 128 samples
) {
  start from original
  repeat epochs over retain with forget in batches of batch {
    minimize ce(retain)
    by sam(of: sgd(lr: lr, momentum: 0.9, weight_decay: 5e-4), rho: rho, along: ce(forget))
  }
}
