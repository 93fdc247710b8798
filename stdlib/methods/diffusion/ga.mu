/// Gradient ascent of a denoiser's loss on the forget set.
/// Source: the `ga` of SalUn's code for diffusion models (Fan et al., ICLR 2024), without its retain term: that is `neggrad_plus@diffusion`.
method ga@diffusion(
  diffusion: diffusion = flow,
  lr: real > 0 usual 1e-7..1e-3 = 1e-4,
  steps: steps = 50 steps,
  batch: samples > 0 = 128 samples
) {
  start from original
  repeat steps over forget in batches of batch {
    minimize -denoise(forget, diffusion)
    by clip_norm(of: adam(lr: lr), max: 1)
  }
}
