/// CIFAR-10 (Krizhevsky 2009): 50 000 + 10 000 colour images of 32 × 32 px in 10 classes.
/// Sample i is that of torchvision's `CIFAR10`, in both forms of the archive.
dataset cifar10(
  root: path = "data/cifar10",
  train: samples | percent | all = all,
  test: samples | percent | all = all,
  only: all | [int] = all,
  validation: percent in 0%..50% = 10%,
  split: mu | numpy = mu,
  split_seed: int >= 0 = 0
) {
  source     = cifar10_files(root)
  classes    = 10
  channels   = 3
  canvas     = 32 px
  train      = train
  test       = test
  only       = only
  validation = validation
  split      = split
  split_seed = split_seed
  augment    = [crop(4 px), flip]
  normalize  = channels(mean: [0.4914, 0.4822, 0.4465], std: [0.2470, 0.2435, 0.2616])
}

/// CIFAR-100 (Krizhevsky 2009): the same in 100 classes, or in the 20 superclasses that these belong to. Both are groups of its samples:
/// `by_group(attribute("fine"), 69)` forgets rockets.
dataset cifar100(
  root: path = "data/cifar100",
  labels: fine | coarse = fine,
  train: samples | percent | all = all,
  test: samples | percent | all = all,
  only: all | [int] = all,
  validation: percent in 0%..50% = 10%,
  split: mu | numpy = mu,
  split_seed: int >= 0 = 0
) {
  source     = cifar100_files(root, labels)
  channels   = 3
  canvas     = 32 px
  train      = train
  test       = test
  only       = only
  validation = validation
  split      = split
  split_seed = split_seed
  augment    = [crop(4 px), flip]
  normalize  = channels(mean: [0.5071, 0.4866, 0.4409], std: [0.2673, 0.2564, 0.2762])
}
