/// Ascent on the forget set and descent on the retain set in one step, of a denoiser: a batch of each.
/// Source: the `ga` of SalUn's code for diffusion models (Fan et al., ICLR 2024).
method neggrad_plus@diffusion(
  diffusion: diffusion = flow,
  /// The share of the retain set's loss.
  alpha: real in 0..1 = 0.95,
  lr: real > 0 usual 1e-6..1e-2 = 1e-3,
  steps: steps = 200 steps,
  batch: samples > 0 = 128 samples
) {
  start from original
  repeat steps over retain with forget in batches of batch {
    minimize alpha * denoise(retain, diffusion) - (1 - alpha) * denoise(forget, diffusion)
    by clip_norm(of: adam(lr: lr), max: 1)
  }
}
