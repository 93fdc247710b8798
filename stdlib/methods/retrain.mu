/// A model trained by the original recipe on the retain set, from where that starts: exact unlearning, the reference of every gap.
method retrain {
  start from train.from
  repeat train.epochs over retain in batches of train.batch {
    minimize train.loss
    by train.optimizer
  }
}

/// Retrain once more, with other random numbers on the same seed: its distance to Retrain is the noise floor under every gap.
method retrain@again {
  start from train.from drawn anew
  repeat train.epochs over retain in batches of train.batch {
    minimize train.loss
    by train.optimizer
  }
}
