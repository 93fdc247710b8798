/// Impair and repair: one pass in which the forget set's labels stand on noise that the model gets most wrong, then
/// passes over the retain set.
/// Source: Tarun et al., "Fast Yet Effective Machine Unlearning", 2021. (They learn one batch of noise per class and
/// repeat it; here every batch has its own.)
method unsir(
  impair_lr: real > 0 usual 1e-4..0.1 = 0.02,
  repair_lr: real > 0 usual 1e-4..0.1 = 0.01,
  epochs: epochs = 1 epochs,
  repair_epochs: epochs = 1 epochs,
  steps: int = 40,
  penalty: real >= 0 = 0.1,
  batch: samples > 0 = 256 samples
) {
  start from original
  repeat epochs over retain with forget in batches of batch {
    minimize ce(retain) + ce(forget, view: error_maximizing(steps: steps, lr: 0.1, penalty: penalty))
    by sgd(lr: impair_lr, momentum: 0.9, weight_decay: 5e-4)
  }
  repeat repair_epochs over retain in batches of batch {
    minimize ce(retain)
    by sgd(lr: repair_lr, momentum: 0.9, weight_decay: 5e-4)
  }
}
