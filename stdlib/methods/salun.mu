/// Random labels on the forget set, where only the weights move that the forget set's loss depends on most.
/// Source: Fan et al., "SalUn", ICLR 2024. Their code has two orders. Here each batch mixes both sets, as it does on CIFAR-100 and
/// Tiny ImageNet: that is the paper's one joint loss, and differs from `rl` by the mask alone; `salun@in_turn` is the order of CIFAR-10
/// and SVHN. (They rank by the sum over batches of the gradient; here by its mean over samples.)
method salun(
  keep: percent in 0..100 = 50%,
  lr: real > 0 usual 1e-4..0.1 = 0.01,
  epochs: epochs = 10 epochs,
  batch: samples > 0 = 256 samples,
  /// Over all classes, as in their code, or over all but the true one, as in the paper.
  labels: random | other = random
) {
  start from original
  update only top(keep, rank: gradient(ce(forget)))
  repeat epochs over retain + forget in batches of batch {
    minimize ce(retain) + ce(forget, labels: labels)
    by sgd(lr: lr, momentum: 0.9, weight_decay: 5e-4)
  }
}

/// Both sets mixed in each batch, as their code runs CIFAR-100 and Tiny ImageNet: the default under a name of its own.
method salun@mixed(
  keep: percent in 0..100 = 50%,
  lr: real > 0 usual 1e-4..0.1 = 0.01,
  epochs: epochs = 10 epochs,
  batch: samples > 0 = 256 samples
) = salun(keep, lr, epochs, batch)

/// In each epoch all of the forget set, then all of the retain set, by one optimizer, as their code runs CIFAR-10 and SVHN. It
/// forgets more and keeps less than the mixed order at the same learning rate. Their README takes `lr: 0.013` for 10 % of CIFAR-10.
method salun@in_turn(
  keep: percent in 0..100 = 50%,
  lr: real > 0 usual 1e-4..0.1 = 0.01,
  epochs: epochs = 10 epochs,
  batch: samples > 0 = 256 samples,
  labels: random | other = random
) {
  start from original
  update only top(keep, rank: gradient(ce(forget)))
  alternate epochs {
    repeat 1 epochs over forget in batches of batch {
      minimize ce(forget, labels: labels)
      by sgd(lr: lr, momentum: 0.9, weight_decay: 5e-4)
    }
    repeat 1 epochs over retain in batches of batch {
      minimize ce(retain)
      by sgd(lr: lr, momentum: 0.9, weight_decay: 5e-4)
    }
  }
}
