/// Boundary shrink: every forget sample takes the label that the original model gives to it moved across the nearest
/// decision boundary (FGSM). The forget set only.
/// Source: Chen et al., "Boundary Unlearning", CVPR 2023. (Their code also rounds the moved image to 8 bits.)
/// Their rate is tuned for each setting: codes share 0.01 between methods and search from 1e-8. 1e-5 is within what is published and
/// moves little: tune it.
method bs(
  lr: real > 0 usual 1e-8..1e-2 = 1e-5,
  epsilon: real >= 0 = 0.1,
  epochs: epochs = 10 epochs,
  batch: samples > 0 = 256 samples
) {
  start from original
  repeat epochs over forget in batches of batch {
    minimize ce(forget, labels: boundary(epsilon))
    by sgd(lr: lr, momentum: 0.9, weight_decay: 5e-4)
  }
}
