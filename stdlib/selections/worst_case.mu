/// The forget set that is hardest to erase (Fan, Liu, Hero, Liu, ECCV 2024), by bi-level optimisation:
/// weights w in {0 ≤ w ≤ 1, Σw = budget} minimise Σ w·loss + gamma·w² after a few epochs of the weighted method,
/// whose text is that of `against`; the set is the `budget` units of largest weight.
/// Each round's objective, overlap with the round before, and time are in the step's `rounds.json`.
selection worst_case(
  /// How many samples, classes or groups.
  budget: percent | samples | classes | groups > 0,
  /// The lower level: any method with one phase or alternation, nothing in which needs the forget set as such.
  against: method = ft,
  /// What has one weight; the loss of a class or group is the mean of its samples'.
  weigh: sample | class | groups = sample,
  rounds: rounds > 0 = 20 rounds,
  /// Of the lower level, in every round.
  epochs: epochs > 0 = 10 epochs,
  /// Of the lower level. With signSGD the weights' influence on θ has no derivative, so the upper gradient is exact.
  optimizer: optimizer = sign_sgd(lr: 1e-3),
  /// The upper level's.
  step: real > 0 = 1e3,
  gamma: real >= 0 = 1e-4,
  /// The model that the set is found with, where it is not the one that is measured: one of the experiment's.
  found_with: model | own = own,
  /// The easiest set instead.
  reverse: bool = false,
  /// As the authors' code: losses in training mode with augmentation, a projection by bisection to 1e-5 in float32, and
  /// binary weights after every 20th round.
  faithful: bool = false
) builtin

/// Groups by a file with a whole number for every sample of the training part.
groups group(file: path) builtin
/// What a data set knows of its samples: an attribute of CelebA (1 where it is there) or its `identity`, the `style` or `object` of
/// UnlearnCanvas.
groups attribute(name: text) builtin
