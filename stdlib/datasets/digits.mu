/// UCI optical digits: 1 797 grey images of 8 × 8 px in 10 classes. It ships with mu.
/// Samples are counted in what the held-out test part leaves: scikit-learn's `load_digits` counts all.
dataset digits(validation: percent in 0%..50% = 10%, test: percent in 1%..50% = 20%, split_seed: int >= 0 = 0) {
  source     = uci_digits
  classes    = 10
  channels   = 1
  canvas     = 8 px
  holdout    = test
  validation = validation
  split_seed = split_seed
  normalize  = channels(mean: [0.305], std: [0.376])
}
