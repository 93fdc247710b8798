/// KL(q ‖ p), q the original model's answer without the true class, the other classes' shares scaled up (Zhou et al. 2025).
loss mask_distillation(of: set) = mean(of, divergence(softmax(without(original.logits, label)), probabilities))

/// DELETE: on the forget set alone, the student follows the original model's answer with the true class masked out.
/// Source: Zhou et al., "Decoupled Distillation to Erase", CVPR 2025, whose code's rate, epochs, batch and optimizer (no weight decay) on
/// CIFAR-10 these are.
method delete(
  lr: real > 0 usual 1e-5..0.1 = 1e-4,
  epochs: epochs = 20 epochs,
  batch: samples > 0 = 128 samples
) {
  start from original
  repeat epochs over forget in batches of batch {
    minimize mask_distillation(forget)
    by sgd(lr: lr, momentum: 0.9, weight_decay: 0)
  }
}
