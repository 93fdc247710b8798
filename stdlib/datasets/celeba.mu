/// CelebA (Liu et al. 2015): 202 599 faces at 128 × 128 px; whether an attribute is there is the class.
/// The training and the validation partition train, in the order of the lists: sample i is image i + 1, as in torchvision's `train`.
dataset celeba(
  root: path = "data/celeba",
  attribute: text = "Smiling",
  /// How many images may be unreadable.
  corrupt: samples = 0 samples,
  train: samples | percent | all = all,
  test: samples | percent | all = all,
  only: all | [int] = all,
  validation: percent in 0%..50% = 10%,
  split: mu | numpy = mu,
  split_seed: int >= 0 = 0
) {
  source     = celeba_files(root, attribute)
  classes    = 2
  channels   = 3
  canvas     = 128 px
  train      = train
  test       = test
  only       = only
  validation = validation
  split      = split
  split_seed = split_seed
  prepare    = [centre_crop(178 px), resize(128 px)]
  corrupt    = corrupt
  augment    = [flip]
  normalize  = channels(mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225])
}
