/// Repeated noise injection: the last layer is drawn anew; in each round some tensors, drawn anew, take noise and
/// learn; then all are fine-tuned.
/// Source: seventh place of the NeurIPS 2023 unlearning challenge; constants as in Deep Unlearn (Cadet et al. 2024).
method rni(
  tensors: int > 0 = 9,
  noisy: int > 0 = 6,
  std: real >= 0 = 0.04,
  lr: real > 0 usual 1e-5..0.1 = 2e-4,
  fine_lr: real > 0 usual 1e-5..0.1 = 5e-4,
  rounds: rounds = 4 rounds,
  fine_epochs: epochs = 4 epochs,
  batch: samples > 0 = 64 samples
) {
  start from original
  reinit last(1 layers)
  update only some(tensors, of: all - norms) + norms
  repeat 1 epochs over retain in batches of batch {
    minimize ce(retain)
    by sgd(lr: lr, momentum: 0.9, weight_decay: 5e-4)
  }
  alternate rounds {
    update only some(tensors, of: all - norms) + norms
    step some(noisy, of: moving - norms) by noise(std)
    repeat 1 epochs over retain in batches of batch {
      minimize ce(retain)
      by sgd(lr: lr, momentum: 0.9, weight_decay: 5e-4)
    }
  }
  update only all
  repeat fine_epochs over retain in batches of batch {
    minimize ce(retain)
    by sgd(lr: fine_lr, momentum: 0.9, weight_decay: 5e-4)
  }
}
