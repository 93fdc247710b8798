/// SVHN (Netzer et al. 2011): 73 257 + 26 032 cropped house numbers of 32 × 32 px. Not mirrored: digits are not symmetric.
dataset svhn(
  root: path = "data/svhn",
  train: samples | percent | all = all,
  test: samples | percent | all = all,
  only: all | [int] = all,
  validation: percent in 0%..50% = 10%,
  split: mu | numpy = mu,
  split_seed: int >= 0 = 0
) {
  source     = svhn_files(root)
  classes    = 10
  channels   = 3
  canvas     = 32 px
  train      = train
  test       = test
  only       = only
  validation = validation
  split      = split
  split_seed = split_seed
  augment    = [crop(4 px)]
  normalize  = channels(mean: [0.4377, 0.4438, 0.4728], std: [0.1980, 0.2010, 0.1970])
}
