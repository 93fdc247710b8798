/// Membership inference: the share of the forget set that an attack calls non-member. A C-SVC (RBF kernel,
/// gamma = 1/features) is trained on retain samples (members) and on samples that the model never saw (non-members).
metric attack(
  /// What the attack sees of a sample: the probability of its class, the entropy of the output, or whether it is right.
  feature: confidence | entropy | correctness = confidence,
  /// The C of the SVC.
  c: real > 0 = 3,
  /// Whose samples are the non-members.
  outside: test | validation = test,
  /// Whether members and non-members are equally many.
  balance: bool = true
): percent builtin

/// Membership inference as efficacy, against test samples.
metric mia(
  feature: confidence | entropy | correctness = confidence,
  c: real > 0 = 3,
  balance: bool = true
): percent towards retrain = attack(feature: feature, c: c, balance: balance)

/// The same against validation samples: for choosing parameters.
metric mia@validation: percent towards retrain = attack(outside: validation)
