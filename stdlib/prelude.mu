//! What the language knows besides methods, models, data sets, selections and metrics.
//! `builtin`: the work is done by a kernel of the engine.

/// The UCI optical digits that ship with mu; no test part.
source uci_digits builtin
/// A folder of IDX files, plain or gzip.
source idx_files(root: path) builtin

/// Zero padding on every side, then a cut at a uniform offset (torchvision's RandomCrop with padding).
augmentation crop(pad: px = 4 px) builtin
/// Mirrors left–right with probability ½.
augmentation flip builtin
/// (x/255 − mean) / std, per channel.
normalization channels(mean: [real], std: [real]) builtin

/// The learning rate stays.
schedule constant builtin
/// The learning rate is multiplied by `factor` at each milestone.
schedule steps(at: [epochs], factor: real > 0 = 0.1) builtin
/// Half a cosine from the learning rate to 0, by epoch.
schedule cosine builtin

/// Stochastic gradient descent with momentum, in PyTorch's form.
optimizer sgd(
  /// The learning rate.
  lr: real > 0,
  momentum: real in 0..1 = 0.9,
  /// The L2 coefficient, added to the gradient.
  weight_decay: real >= 0 = 5e-4,
  schedule: schedule = constant
) builtin
/// θ ← θ − lr · sign(g).
optimizer sign_sgd(
  /// The learning rate.
  lr: real > 0 = 1e-3,
  schedule: schedule = constant
) builtin

/// How the original model, and Retrain, are trained.
recipe training(
  epochs: epochs,
  optimizer: optimizer = sgd(lr: 0.1),
  batch: samples > 0 = 256 samples,
  /// What the original model is trained on. It must be the experiment's own data set, in the same split: otherwise nothing
  /// would say that the forget set was trained on, nor that the held-out samples were not.
  on: dataset | data = data
) builtin

/// Cross-entropy of the samples of a set.
loss ce(
  of: set,
  /// Their own, or drawn uniformly every epoch: over all classes, or over the other ones.
  labels: given | random | other = given,
  /// With the data set's augmentation, or without.
  view: augmented | clean = augmented,
  /// Batch normalisation by the batch, or by its running statistics.
  mode: train | eval = train,
  /// Over the samples of a batch.
  reduction: mean | sum = mean
) builtin

/// Every parameter.
parameters all builtin
/// From the k-th convolution or linear layer, counted from the output, to the output.
parameters last(k: layers > 0 = 1 layers) builtin
/// From the input to the k-th convolution or linear layer.
parameters first(k: layers > 0 = 1 layers) builtin
