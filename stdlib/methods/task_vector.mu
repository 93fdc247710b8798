/// Forgetting by negation: the weights move away from where fine-tuning on the forget set would bring them, θ₀ − scale · (θ_f − θ₀).
/// Source: Ilharco et al., "Editing Models with Task Arithmetic", ICLR 2023. They search the scale from 0 to 1 on validation data; their
/// rate (1e-5, AdamW, 2 000 steps) is for CLIP: optimizer, rate, epochs and batch are those of `ft`. Running statistics
/// move likewise.
method task_vector(
  scale: real >= 0 usual 0..1 = 0.5,
  lr: real > 0 usual 1e-4..0.1 = 0.01,
  epochs: epochs = 10 epochs,
  batch: samples > 0 = 256 samples
) {
  start from original
  let tuned = after {
    repeat epochs over forget in batches of batch {
      minimize ce(forget)
      by sgd(lr: lr, momentum: 0.9, weight_decay: 0)
    }
  }
  weights = original - scale * (tuned - original)
}
