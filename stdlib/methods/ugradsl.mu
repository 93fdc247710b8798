/// Cross-entropy to the label with a share `smoothing` of it spread over all classes alike; below 0 the true class has more than 1, the
/// others less than 0 (generalised label smoothing: Wei et al. 2022).
loss smoothed_ce(of: set, smoothing: real = 0.1) =
  mean(of, -(1 - smoothing) * log_p(label) - smoothing * mean(log_softmax(logits)))

/// Unlearning by negative label smoothing (UGradSL+): descent on the retain set, ascent on the forget set with labels smoothed negatively, so
/// that ascent also pulls towards equal outputs.
/// Source: Di et al., "Label Smoothing Improves Machine Unlearning", ICLR 2026 (UGradSL passes over the forget set instead). Their rate of
/// smoothing is adapted to each sample, by how many retain images lie near; here it is one number. Both weights are those of
/// `neggrad_plus`, optimizer, rate, epochs and batch too: tune them.
method ugradsl(
  p: real in 0..1 = 0.95,
  smoothing: real = -0.2,
  lr: real > 0 usual 1e-4..0.1 = 0.01,
  epochs: epochs = 5 epochs,
  batch: samples > 0 = 256 samples
) {
  start from original
  repeat epochs over retain with forget in batches of batch {
    minimize p * ce(retain) - (1 - p) * smoothed_ce(forget, smoothing: smoothing)
    by sgd(lr: lr, momentum: 0.9, weight_decay: 5e-4)
  }
}
