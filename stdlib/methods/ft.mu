/// Fine-tuning on the retain set, in the hope of catastrophic forgetting.
/// Source: Warnecke et al. 2021; as run by Unlearn-WorstCase (Fan et al. 2024), whose rate, epochs and batch these are; it tunes the rate in
/// 1e-4 to 0.1.
method ft(lr: real > 0 usual 1e-4..0.1 = 0.01, epochs: epochs = 10 epochs, batch: samples > 0 = 256 samples) {
  start from original
  repeat epochs over retain in batches of batch {
    minimize ce(retain)
    by sgd(lr: lr, momentum: 0.9, weight_decay: 5e-4)
  }
}
