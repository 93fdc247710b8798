/// Any folder of IDX files (`train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-…`; plain or .gz):
/// MNIST, Fashion-MNIST, KMNIST, … . Grey images, padded with zeros to `canvas`.
dataset idx(
  root: path,
  classes: int > 1 = 10,
  canvas: px = 28 px,
  train: samples | percent | all = all,
  test: samples | percent | all = all,
  only: all | [int] = all,
  validation: percent in 0%..50% = 10%,
  split: mu | numpy = mu,
  split_seed: int >= 0 = 0,
  mean: real = 0.1307,
  std: real > 0 = 0.3081,
  augment: [augmentation] = []
) {
  source     = idx_files(root)
  classes    = classes
  channels   = 1
  canvas     = canvas
  train      = train
  test       = test
  only       = only
  validation = validation
  split      = split
  split_seed = split_seed
  augment    = augment
  normalize  = channels(mean: [mean], std: [std])
}
