/// Impair and repair: one pass in which the forget set's labels stand on noise that the original model gets most wrong, mixed
/// with a part of the retain set; then a pass over such a part.
/// Source: Tarun et al., "Fast Yet Effective Machine Unlearning", 2021. Noise and retain samples share batches, their mean loss and
/// batch normalisation, as there. Passes, optimizers, learning rates, steps, penalty and batch are their notebook's. Four things
/// differ: their noise is made against the original model in training mode; they learn 256 images of noise per class and use each 20
/// times (32 images, 80 times, in later codes), where here every forget sample has its own; they take 1 000 retain samples a class, of 5 000 (500 in later codes: all of CIFAR-100), where
/// `share` is all, since a fifth of a small set is too few steps to repair by; and the repair's part is drawn anew.
method unsir(
  impair_lr: real > 0 usual 1e-4..0.1 = 0.02,
  repair_lr: real > 0 usual 1e-4..0.1 = 0.01,
  epochs: epochs = 1 epochs,
  repair_epochs: epochs = 1 epochs,
  share: percent in 0..100 = 100%,
  steps: int = 40,
  penalty: real >= 0 = 0.1,
  batch: samples > 0 = 256 samples
) {
  start from original
  repeat epochs over sample(retain, share) + forget in batches of batch {
    minimize ce(retain) + ce(forget, view: error_maximizing(steps: steps, lr: 0.1, penalty: penalty))
    by adam(lr: impair_lr)
  }
  repeat repair_epochs over sample(retain, share) in batches of batch {
    minimize ce(retain)
    by adam(lr: repair_lr)
  }
}
