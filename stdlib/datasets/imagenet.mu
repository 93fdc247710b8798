/// ImageNet (ILSVRC 2012): 1 281 167 + 50 000 images in 1 000 classes, kept at 256 × 256 px: the middle of the image with its
/// shorter side scaled to 256. Training parts are cut from that, as loaders with decoded caches do; torchvision cuts them from the
/// whole image. Sample i is that of torchvision's `ImageFolder` on `train/`, also where archives are read; in shards they are counted
/// as they lie.
dataset imagenet(
  root: path = "data/imagenet",
  /// How many images may be unreadable.
  corrupt: samples = 0 samples,
  train: samples | percent | all = all,
  test: samples | percent | all = all,
  only: all | [int] = all,
  validation: percent in 0%..50% = 10%,
  split: mu | numpy = mu,
  split_seed: int >= 0 = 0
) {
  source     = imagenet_files(root)
  classes    = 1000
  channels   = 3
  canvas     = 256 px
  train      = train
  test       = test
  only       = only
  validation = validation
  split      = split
  split_seed = split_seed
  prepare    = [resize(256 px), centre_crop(256 px)]
  corrupt    = corrupt
  augment    = [random_resized_crop(224 px), flip]
  evaluate   = [centre_crop(224 px)]
  normalize  = channels(mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225])
}
