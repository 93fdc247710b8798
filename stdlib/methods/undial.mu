/// Cross-entropy to the original model's answer with the true class's logit lowered by `strength` (Dong et al. 2025).
loss adjusted_distillation(of: set, strength: real >= 0 = 10) =
  mean(of, softmax_cross_entropy(logits, softmax(original.logits - strength * one_hot(label))))

/// UNDIAL: on the forget set alone, the student follows the original model, whose logit of the true class is lowered.
/// Source: Dong et al., NAACL 2025, whose strengths are 3, 10 and 30; strength, rate, epochs and batch are OpenUnlearning's for it. (The
/// rate is for adapters of language models.)
method undial(
  strength: real >= 0 usual 3..30 = 10,
  lr: real > 0 usual 1e-5..0.01 = 1e-4,
  epochs: epochs = 10 epochs,
  batch: samples > 0 = 32 samples
) {
  start from original
  repeat epochs over forget in batches of batch {
    minimize adjusted_distillation(forget, strength: strength)
    by adamw(lr: lr, weight_decay: 0)
  }
}
