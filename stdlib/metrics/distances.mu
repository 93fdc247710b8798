//! Distances to Retrain at the same data, model, forget set and seed; and what is left of the forget set.

/// The mean Jensen–Shannon divergence (natural logarithm) of the outputs from Retrain's.
metric js_divergence(on: forget | retain | validation | test | validation_retained | test_retained | selection = forget): real towards 0 =
  mean(on, jensen_shannon(probabilities, retrained.probabilities))
/// The mean ‖p − p_retrain‖₂ of the output probabilities.
metric activation_distance(on: forget | retain | validation | test | validation_retained | test_retained | selection = forget): real towards 0 =
  mean(on, norm(probabilities - retrained.probabilities))
/// ‖θ − θ_retrain‖₂ over all parameters.
metric weight_distance: real towards 0 builtin

/// Zero-retrain forgetting score: 1 − the mean Jensen–Shannon divergence of the outputs on the forget set from those of a model that
/// knows nothing, a fresh initialisation (Chundawat et al., AAAI 2023). The logarithm is that of base 2, so that it
/// lies in 0..1: 1 is a model that answers as one that knows nothing.
metric zrf: real towards reference = 1 - mean(forget, jensen_shannon(probabilities, scratch.probabilities)) / log(2)
/// What their code computes (bad-teaching-unlearning, `UnLearningScore`), which is not the paper's formula:
/// 1 − ½(KL(m‖p) + KL(m‖q)) / classes, m = (p + q)/2, natural logarithm. The divergences are taken from m, not to it, and PyTorch's
/// mean divides by the number of classes as well. At most 1, without a least value.
metric zrf@code: real towards reference =
  1 - mean(forget, mean(m * (2 * log(m) - log_softmax(logits) - log_softmax(scratch.logits)))) / 2
  where m = max((probabilities + scratch.probabilities) / 2, 1e-300)

/// Epochs of SGD on the forget set until its loss is at most (1 + margin) times the original model's (Tarun et al. 2021). Where so
/// many as `most` are not enough, the value is `most`, and tables mark it as a bound (≥): the mean over such values has no ±.
metric relearn_time(
  lr: real > 0 = 0.01,
  batch: samples > 0 = 256 samples,
  margin: percent >= 0 = 5%,
  most: epochs > 0 = 100 epochs
): epochs towards reference builtin
