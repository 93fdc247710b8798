/// Random labels for denoisers: the forgotten classes are taught to be predicted as another class is.
/// Source: the `rl` of SalUn's code for diffusion models (Fan et al., ICLR 2024). Its weight of the retain set, 1e-3, is on a sum over
/// 3 · 32 · 32 numbers: 3.07 on their mean. The other class is the next one there, and a drawn one here.
method rl@diffusion(
  diffusion: diffusion = flow,
  retain_weight: real >= 0 = 3.07,
  lr: real > 0 usual 1e-6..1e-2 = 1e-3,
  steps: steps = 200 steps,
  batch: samples > 0 = 128 samples
) {
  start from original
  repeat steps over retain with forget in batches of batch {
    minimize imitate(forget, diffusion) + retain_weight * denoise(retain, diffusion)
    by clip_norm(of: adam(lr: lr), max: 1)
  }
}
