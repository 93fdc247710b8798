/// UnlearnCanvas (Zhang et al. 2024): 24 400 pictures of 20 objects in 60 styles and as photographs, here at 224 × 224 px.
/// Samples are counted by style, object and file name, in what the held-out test part leaves.
dataset unlearn_canvas(
  root: path = "data/unlearn_canvas",
  label: style | object = object,
  classes: int > 1 = 20,
  /// How many images may be unreadable.
  corrupt: samples = 0 samples,
  train: samples | percent | all = all,
  test: percent in 1%..50% = 20%,
  only: all | [int] = all,
  validation: percent in 0%..50% = 10%,
  split: mu | numpy = mu,
  split_seed: int >= 0 = 0
) {
  source     = unlearn_canvas_files(root, label)
  classes    = classes
  channels   = 3
  canvas     = 256 px
  train      = train
  holdout    = test
  only       = only
  validation = validation
  split      = split
  split_seed = split_seed
  prepare    = [resize(256 px), centre_crop(256 px)]
  corrupt    = corrupt
  augment    = [crop(0 px, side: 224 px), flip]
  evaluate   = [centre_crop(224 px)]
  normalize  = channels(mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225])
}
