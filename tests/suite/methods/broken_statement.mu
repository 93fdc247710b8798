// One statement that is broken: it alone is named, at the place where it breaks.
method own {
  start from original
  repeat 2 epochs over retain in batches of 16 samples {
    minimize ce(retain)
    by sgd(lr: 0.02)
  }
  repeat 1 epochs over forget in batches of 16 samples {
    maximize ce(forget)
//~ error syntax: unexpected `maximize`
    by sgd(lr: 0.02)
  }
}
