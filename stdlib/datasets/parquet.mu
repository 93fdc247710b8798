/// Any image data set of the Hugging Face hub that is stored as Parquet files, scaled to `side`.
/// Samples are the rows, in the order of the files' names: those of `datasets.load_dataset`.
dataset parquet(
  root: path,
  classes: int > 1,
  /// The column of labels, where there are several columns of whole numbers.
  label: text | only = only,
  side: px = 32 px,
  channels: int = 3,
  /// How many images may be unreadable.
  corrupt: samples = 0 samples,
  augment: [augmentation] = [crop(4 px), flip],
  mean: [real] = [0.485, 0.456, 0.406],
  std: [real] = [0.229, 0.224, 0.225],
  train: samples | percent | all = all,
  test: samples | percent | all = all,
  only: all | [int] = all,
  validation: percent in 0%..50% = 10%,
  split: mu | numpy = mu,
  split_seed: int >= 0 = 0
) {
  source     = parquet_files(root, label)
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
