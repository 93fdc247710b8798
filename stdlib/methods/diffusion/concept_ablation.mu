/// Concept ablation: the forgotten classes are taught the prediction without a condition, by the model itself.
/// Source: Kumari et al., ICCV 2023, model-based; its anchor is a wider concept, here none. `retain_weight` is that of its regularisation.
method concept_ablation(
  diffusion: diffusion = flow,
  retain_weight: real >= 0 = 1,
  lr: real > 0 usual 1e-6..1e-2 = 1e-3,
  steps: steps = 200 steps,
  batch: samples > 0 = 128 samples
) {
  start from original
  repeat steps over retain with forget in batches of batch {
    minimize imitate(forget, diffusion, condition: none) + retain_weight * denoise(retain, diffusion)
    by clip_norm(of: adam(lr: lr), max: 1)
  }
}
