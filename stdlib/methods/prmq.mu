/// Prune, re-initialise, match, quantize: nearly all weights of convolutions and linear layers are drawn anew, the smallest
/// ones; then the original model's entropies are matched on the retain set; then rounding to half precision.
/// Source: fourth place of the NeurIPS 2023 unlearning challenge; constants as in Deep Unlearn (Cadet et al. 2024), which runs
/// 3.2 epochs.
method prmq(
  share: percent in 0..100 = 99%,
  lr: real > 0 usual 1e-5..0.1 = 5e-4,
  epochs: epochs = 3 epochs,
  batch: samples > 0 = 64 samples
) {
  start from original
  reinit bottom(share, rank: magnitude, of: convs + linears)
  repeat epochs over retain in batches of batch {
    minimize ce(retain, balance: 0.1) + entropy_gap(retain, original)
    by sgd(lr: lr, momentum: 0.9, weight_decay: 5e-4)
  }
  step all by half_precision
}
