/// Fine-tuning of a denoiser with a penalty on the weights' size.
/// Source: Jia et al., NeurIPS 2023, whose penalty is on classifiers.
method l1_sparse@diffusion(
  diffusion: diffusion = flow,
  gamma: real >= 0 usual 1e-7..1e-2 = 1e-5,
  lr: real > 0 usual 1e-6..1e-2 = 1e-3,
  steps: steps = 200 steps,
  batch: samples > 0 = 128 samples
) {
  start from original
  repeat steps over retain in batches of batch {
    minimize denoise(retain, diffusion) + gamma * l1()
    by clip_norm(of: adam(lr: lr), max: 1)
  }
}
