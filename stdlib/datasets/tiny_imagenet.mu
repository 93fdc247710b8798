/// Tiny ImageNet: 100 000 + 10 000 colour images of 64 × 64 px in 200 classes.
/// Sample i is that of torchvision's `ImageFolder` on `train/`.
dataset tiny_imagenet(
  root: path = "data/tiny-imagenet-200",
  train: samples | percent | all = all,
  test: samples | percent | all = all,
  only: all | [int] = all,
  validation: percent in 0%..50% = 10%,
  split: mu | numpy = mu,
  split_seed: int >= 0 = 0
) {
  source     = tiny_imagenet_files(root)
  classes    = 200
  channels   = 3
  canvas     = 64 px
  train      = train
  test       = test
  only       = only
  validation = validation
  split      = split
  split_seed = split_seed
  augment    = [crop(4 px), flip]
  normalize  = channels(mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225])
}
