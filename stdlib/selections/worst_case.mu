/// The forget set that is hardest to erase: the samples that a model knows best although it was trained without them (the
/// objective: Fan, Liu, Hero, Liu, ECCV 2024). It is found by fictitious play (Brown, 1951). Each round runs the method without the
/// set so far; the next set is the `budget` units of smallest mean loss over all models so far, in which the loss of a sample that
/// the model was made without counts three times. The first set comes from the original model's losses. No step size and no random
/// start enter. A class or group is judged by the models made without it alone. Each class or group is left out once; of sets of
/// several, each is left out a second time in drawn company, since a set without a whole class is easy to tell. After that each
/// round tries the set that these losses say is the hardest, and the hardest set that was tried is the answer. So single classes need
/// as many rounds as there are classes, and sets of several need four times as many rounds as such sets fill all groups. The cost is
/// `rounds` runs of the method; with the default, each run is a training. Each round's objective and overlaps are in the step's
/// `rounds.json`, and the run says when a set alternates or has not settled. `experiments/worst_case_strength.mu` compares it with
/// its rivals.
selection worst_case(
  /// How many samples, classes or groups.
  budget: percent | samples | classes | groups > 0,
  /// The lower level. With the default the set is hard for every method, since Retrain is what methods are compared with. Another
  /// method gives the set that is hardest for that method.
  against: method = retrain,
  /// What is chosen as a whole; the loss of a class or group is the mean of its samples'.
  weigh: sample | class | groups = sample,
  /// The budget of every class, so that the set has the classes of the data.
  per_class: bool = false,
  rounds: rounds in 1..10000 = 8 rounds,
  /// Of the lower level, in every round; `own` is as many as the method itself has. Fewer are cheaper, and find weaker sets.
  epochs: epochs | own > 0 = own,
  /// The model that the set is found with, where it is not the one that is measured: one of the experiment's.
  found_with: model | own = own,
  /// The easiest set instead.
  reverse: bool = false
) builtin

/// The same objective with the published update (Fan, Liu, Hero, Liu, ECCV 2024): weights w in {0 ≤ w ≤ 1, Σw = budget} take
/// projected gradient steps on Σ w·loss + gamma·w², after a few epochs of the weighted method from its own start; the set is the
/// `budget` units of largest weight. It starts from a random set. A sample leaves the set only if its loss exceeds another's by more
/// than 1/step. So where training losses are far below 1/step, most of the random start stays in the set; and where 2·gamma exceeds
/// the losses, large steps alternate between two sets. The run says so when it happens. `worst_case` has neither limit.
selection worst_case@paper(
  /// How many samples, classes or groups.
  budget: percent | samples | classes | groups > 0,
  /// The lower level: any method with one phase or alternation, nothing in which needs the forget set as such.
  against: method = ft,
  /// What has one weight; the loss of a class or group is the mean of its samples'.
  weigh: sample | class | groups = sample,
  rounds: rounds in 1..1000000 = 20 rounds,
  /// Of the lower level, in every round.
  epochs: epochs > 0 = 10 epochs,
  /// Of the lower level. With signSGD the weights' influence on θ has no derivative, so the upper gradient is exact.
  optimizer: optimizer = sign_sgd(lr: 1e-3),
  /// The upper level's. The authors' code has 0.01, which cannot change which samples are chosen.
  step: real > 0 = 1e3,
  gamma: real >= 0 = 1e-4,
  /// The model that the set is found with, where it is not the one that is measured: one of the experiment's.
  found_with: model | own = own,
  /// The easiest set instead.
  reverse: bool = false,
  /// As the authors' code takes losses and projects: losses in training mode with augmentation, a projection by bisection to 1e-5
  /// in float32, and binary weights after every 20th round. Their code steps by signSGD for fine-tuning and Retrain only, and its
  /// other lower levels ignore the weights between 0 and 1; this does neither.
  faithful: bool = false
) builtin

/// Groups by a file with a whole number for every sample of the training part.
groups group(file: path) builtin
/// What a data set knows of its samples: an attribute of CelebA (1 where it is there) or its `identity`, the `style` or `object` of
/// UnlearnCanvas.
groups attribute(name: text) builtin
