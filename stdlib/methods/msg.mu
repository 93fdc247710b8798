/// Masked small gradients: in every convolution the weights whose gradient of CE(retain) − CE(forget) is smallest are
/// drawn anew and learn at the full rate, the others at a tenth of it.
/// Source: second place of the NeurIPS 2023 unlearning challenge; constants as in Deep Unlearn (Cadet et al. 2024).
method msg(
  share: percent in 0..100 = 30%,
  slowly: real in 0..1 = 0.1,
  lr: real > 0 usual 1e-5..0.1 = 1e-3,
  epochs: epochs = 5 epochs,
  batch: samples > 0 = 64 samples
) {
  start from original
  slow convs - bottom(share, rank: gradient(ce(retain) - ce(forget)), of: named("*.weight") - norms - linears, ranked: by_layer) to slowly
  reinit bottom(share, rank: gradient(ce(retain) - ce(forget)), of: named("*.weight") - norms - linears, ranked: by_layer)
  repeat epochs over retain in batches of batch {
    minimize ce(retain)
    by sgd(lr: lr, momentum: 0.9, weight_decay: 5e-4, schedule: triangle(up: 3 epochs))
  }
}
