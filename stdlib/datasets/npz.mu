/// Any NumPy archive of images and labels with a test part.
dataset npz(
  root: path,
  classes: int > 1,
  side: px = 28 px,
  channels: int = 1,
  augment: [augmentation] = [],
  mean: [real] = [0.5],
  std: [real] = [0.5],
  train: samples | percent | all = all,
  test: samples | percent | all = all,
  only: all | [int] = all,
  validation: percent in 0%..50% = 10%,
  split: mu | numpy = mu,
  split_seed: int >= 0 = 0
) {
  source     = npz_file(root)
  classes    = classes
  channels   = channels
  canvas     = side
  train      = train
  test       = test
  only       = only
  validation = validation
  split      = split
  split_seed = split_seed
  augment    = augment
  normalize  = channels(mean: mean, std: std)
}
