/// The forgotten classes are taught to be uniform noise, the others are trained on.
/// Source: the surrogate of Selective Amnesia (Heng and Soh, NeurIPS 2023), with the retain set itself in the place of its replayed images and
/// of its penalty by the Fisher information.
method noise_surrogate(
  diffusion: diffusion = flow,
  retain_weight: real >= 0 = 1,
  lr: real > 0 usual 1e-6..1e-2 = 1e-3,
  steps: steps = 200 steps,
  batch: samples > 0 = 128 samples
) {
  start from original
  repeat steps over retain with forget in batches of batch {
    minimize denoise_noise(forget, diffusion) + retain_weight * denoise(retain, diffusion)
    by clip_norm(of: adam(lr: lr), max: 1)
  }
}
