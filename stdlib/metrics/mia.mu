/// Membership inference: the share of the forget set that an attack calls non-member. The attack is trained on retain
/// samples (members) and on samples that the model never saw (non-members), drawn by the evaluation seed. The published attack
/// takes the first retain samples instead, and, where a class is forgotten, test samples of the other classes, as here
/// (`test_retained`).
metric attack(
  /// What the attack sees of a sample: the probability of its class, the entropy of the output, that entropy as
  /// Song and Mittal (2021) modify it by the label, whether it is right, all probabilities, or a score of outputs: `feature: margin`.
  feature: confidence | entropy | modified_entropy | correctness | probabilities | score = confidence,
  /// A C-SVC (RBF kernel, gamma = 1/features), the best threshold, or logistic regression.
  decision: svc | threshold | logistic = svc,
  /// The share of the forget set called non-member; or, forget samples against unseen non-members, the area under the
  /// ROC curve, or the true-positive rate at a false-positive rate.
  report: non_members | auc | tpr = non_members,
  /// The false-positive rate of `tpr`.
  at: percent in 0..100 = 1%,
  /// The C of the SVC and of logistic regression.
  c: real > 0 = 3,
  /// Whose samples are the non-members; `.._retained` leaves out classes that are forgotten whole.
  outside: test | validation | test_retained | validation_retained = test_retained,
  /// Whether members and non-members are equally many.
  balance: bool = true,
  /// The modified entropy as Unlearn-WorstCase's code computes it (`m_entropy`): log p where the formula has log(1 − p), 1 − p in the
  /// columns of all labels of the part, in float32.
  faithful: bool = false
): percent builtin

/// Membership inference as efficacy, against test samples.
metric mia(
  feature: confidence | entropy | modified_entropy | correctness | probabilities | score = confidence,
  decision: svc | threshold | logistic = svc,
  c: real > 0 = 3,
  balance: bool = true,
  faithful: bool = false
): percent towards reference = attack(feature: feature, decision: decision, c: c, balance: balance, faithful: faithful)

/// The same against all test samples, those of forgotten classes among them.
metric mia@whole: percent towards reference = attack(outside: test)

/// The same against validation samples: for choosing parameters.
metric mia@validation: percent towards reference = attack(outside: validation_retained)

/// The area under the ROC curve of the attack, forget samples against unseen test samples: 50 % when it cannot tell them.
metric mia_auc(
  feature: confidence | entropy | modified_entropy | correctness | probabilities | score = confidence,
  decision: svc | threshold | logistic = svc
): percent towards 50% = attack(feature: feature, decision: decision, report: auc)

/// The share of forget samples that the attack calls members when it calls 1 % of unseen test samples so.
metric mia_tpr(
  feature: confidence | entropy | modified_entropy | correctness | probabilities | score = confidence,
  decision: svc | threshold | logistic = svc,
  at: percent in 0..100 = 1%
): percent towards 1% = attack(feature: feature, decision: decision, report: tpr, at: at)

/// The accuracy of U-LiRA, which tells unlearned from retrained models by one likelihood ratio per forget sample: 50 % when
/// it cannot (Hayes et al. 2024). For each shadow an original model, the method and Retrain are run: `mu plan` shows what
/// that costs.
metric ulira(shadows: int > 1 = 8): percent towards 50% builtin
