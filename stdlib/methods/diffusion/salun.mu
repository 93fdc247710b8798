/// `rl@diffusion` where only the weights move that the forget set's loss depends on most.
/// Source: Fan et al., "SalUn", ICLR 2024. (Their mask is by the guided prediction; here it is by the conditional one.)
method salun@diffusion(
  diffusion: diffusion = flow,
  keep: percent in 0..100 = 50%,
  retain_weight: real >= 0 = 3.07,
  lr: real > 0 usual 1e-6..1e-2 = 1e-3,
  steps: steps = 200 steps,
  batch: samples > 0 = 128 samples
) {
  start from original
  update only top(keep, rank: gradient(denoise(forget, diffusion), batch: batch))
  repeat steps over retain with forget in batches of batch {
    minimize imitate(forget, diffusion) + retain_weight * denoise(retain, diffusion)
    by clip_norm(of: adam(lr: lr), max: 1)
  }
}
