/// Membership inference (efficacy): the share of the forget set that an attack calls non-member. A C-SVC (RBF kernel,
/// gamma = 1/features) is trained on equally many retain samples (members) and test samples (non-members).
metric mia(feature: confidence | entropy | correctness = confidence, c: real > 0 = 3): percent builtin
