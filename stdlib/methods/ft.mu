/// Fine-tuning on the retain set, in the hope of catastrophic forgetting.
/// Source: Warnecke et al. 2021; as run by Unlearn-WorstCase (Fan et al. 2024).
method ft(lr: real > 0 usual 1e-4..0.1 = 0.01, epochs: epochs = 10 epochs, batch: samples > 0 = 256 samples) {
  start from original
  repeat epochs over retain in batches of batch {
    minimize ce(retain)
    by sgd(lr: lr, momentum: 0.9, weight_decay: 5e-4)
  }
}
