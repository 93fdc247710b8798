/// ‖z(x) − z(x + ξ)‖ / ‖ξ‖, the mean over `draws` Gaussian ξ of standard deviation `std`: how much the output moves where the image does
/// (Foster et al. 2024). No gradient goes through z(x + ξ); a batch counts by its sum.
loss lipschitz(of: set, std: real > 0 = 0.01, draws: int > 0 = 25) =
  sum(of, mean(norm(logits - stop(logits(at: image + std * noise))) / norm(std * noise) for noise in draw(normal, like: image, times: draws)), mode: eval)

/// Just in time unlearning (JiT): one pass over the forget set alone, which smooths the output around its images.
/// Source: Foster et al., "Zero-Shot Machine Unlearning at Scale via Lipschitz Regularization", 2024; deviation, draws, rate and batch are
/// their code's for VGG-16 and random samples (ViT: 0.5 and 0.1). They tune deviation and rate. Their code cuts noisy images off at the
/// batch's smallest and largest pixel, and leaves batch normalisation in training mode; here sensitivity is of one sample.
method jit(
  std: real > 0 usual 0.001..1 = 0.01,
  draws: int > 0 = 25,
  lr: real > 0 usual 1e-5..0.1 = 3e-4,
  epochs: epochs = 1 epochs,
  batch: samples > 0 = 128 samples
) {
  start from original
  repeat epochs over forget in batches of batch {
    minimize lipschitz(forget, std: std, draws: draws)
    by sgd(lr: lr, momentum: 0, weight_decay: 0)
  }
}
