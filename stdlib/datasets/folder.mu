/// Any folder with a folder of images for each class (torchvision's ImageFolder), scaled to `side`: the shorter side, then the middle.
/// Sample i is that of `ImageFolder` on `train/`. Grey pictures of colour files are Pillow's `convert("L")`.
dataset imagefolder(
  root: path,
  classes: int > 1,
  side: px = 224 px,
  channels: int = 3,
  /// How many images may be unreadable.
  corrupt: samples = 0 samples,
  augment: [augmentation] = [flip],
  mean: [real] = [0.485, 0.456, 0.406],
  std: [real] = [0.229, 0.224, 0.225],
  train: samples | percent | all = all,
  test: samples | percent | all = all,
  only: all | [int] = all,
  validation: percent in 0%..50% = 10%,
  split: mu | numpy = mu,
  split_seed: int >= 0 = 0
) {
  source     = class_folders(root)
  classes    = classes
  channels   = channels
  canvas     = side
  train      = train
  test       = test
  only       = only
  validation = validation
  split      = split
  split_seed = split_seed
  prepare    = [resize(side), centre_crop(side)]
  corrupt    = corrupt
  augment    = augment
  normalize  = channels(mean: mean, std: std)
}

/// The same where nothing is set aside for testing: a share of each class is held out.
/// Samples are counted in what that leaves: `ImageFolder` counts all.
dataset imagefolder@held_out(
  root: path,
  classes: int > 1,
  side: px = 224 px,
  channels: int = 3,
  /// How many images may be unreadable.
  corrupt: samples = 0 samples,
  augment: [augmentation] = [flip],
  mean: [real] = [0.485, 0.456, 0.406],
  std: [real] = [0.229, 0.224, 0.225],
  train: samples | percent | all = all,
  test: percent in 1%..50% = 20%,
  only: all | [int] = all,
  validation: percent in 0%..50% = 10%,
  split: mu | numpy = mu,
  split_seed: int >= 0 = 0
) {
  source     = class_folders(root)
  classes    = classes
  channels   = channels
  canvas     = side
  train      = train
  holdout    = test
  only       = only
  validation = validation
  split      = split
  split_seed = split_seed
  prepare    = [resize(side), centre_crop(side)]
  corrupt    = corrupt
  augment    = augment
  normalize  = channels(mean: mean, std: std)
}
