/// Fine-tuning on the retain set, of a denoiser. The forgotten classes are not asked for, and mostly stay.
method ft@diffusion(
  diffusion: diffusion = flow,
  lr: real > 0 usual 1e-6..1e-2 = 1e-3,
  steps: steps = 200 steps,
  batch: samples > 0 = 128 samples
) {
  start from original
  repeat steps over retain in batches of batch {
    minimize denoise(retain, diffusion)
    by clip_norm(of: adam(lr: lr), max: 1)
  }
}
