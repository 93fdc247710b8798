/// A fresh model trained by the original recipe on the retain set: exact unlearning, the reference of every gap.
method retrain {
  start from scratch
  repeat train.epochs over retain in batches of train.batch {
    minimize ce(retain)
    by train.optimizer
  }
}
