//! A number for every training sample. `mu plan` shows the trainings that a score costs.

/// The original model's cross-entropy.
score loss_score = -log_p(label)
/// The original model's probability of the true class.
score confidence_score = probabilities[label]
/// The entropy of the original model's output.
score entropy_score = shannon(logits)
/// The true class's logit less the largest other one, by the original model.
score margin = logits[label] - max(without(logits, label))
/// ‖p − one-hot(y)‖₂, its mean over several models early in training (EL2N; Paul et al., NeurIPS 2021).
score el2n(models: int > 0 = 5, epochs: epochs > 0 = 5 epochs) =
  early(models, epochs, norm(probabilities - one_hot(label)))
/// The norm of the sample's gradient, its mean over several models early in training (GraNd; Paul et al., NeurIPS 2021).
score grand(models: int > 0 = 5, epochs: epochs > 0 = 5 epochs) builtin
/// How often the sample was right after an epoch and wrong after the next, in one training (Toneva et al., ICLR 2019).
score forgetting_events builtin
/// The distance of the original model's last features to the median of the sample's class (Moderate Coreset; Xia et al.,
/// ICLR 2023): `middle(.., score: feature_distance)` is their coreset.
score feature_distance builtin
/// How often models that were trained without the sample are right on it (after the C-score of Jiang et al., ICML 2021).
score consistency(models: int > 0 = 20, share: percent in 0..100 = 30%) builtin
/// How much more often models are right on the sample that were trained with it than without (Feldman and Zhang,
/// NeurIPS 2020); `share` of the training samples is left out of each.
score memorisation(models: int > 0 = 20, share: percent in 0..100 = 30%) builtin
