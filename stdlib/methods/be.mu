/// Boundary expanding: the forget set is taught to be a class of its own, whose output is dropped afterwards.
/// Source: Chen et al., "Boundary Unlearning", CVPR 2023. (Unlearn-WorstCase leaves the output in.)
/// Their rate is tuned for each setting: codes share 0.01 between methods and search from 1e-8. 1e-5 is within what is published and
/// moves little: tune it.
method be(
  lr: real > 0 usual 1e-8..1e-2 = 1e-5,
  epochs: epochs = 10 epochs,
  batch: samples > 0 = 256 samples
) {
  start from original
  add class
  repeat epochs over forget in batches of batch {
    minimize ce(forget, labels: new_class)
    by sgd(lr: lr, momentum: 0.9, weight_decay: 5e-4)
  }
}
