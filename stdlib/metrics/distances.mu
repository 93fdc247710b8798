//! Distances to Retrain at the same data, model, forget set and seed; and what is left of the forget set.

/// The mean Jensen–Shannon divergence (natural logarithm) of the outputs from Retrain's.
metric js_divergence(on: forget | retain | validation | test = forget): real towards 0 builtin
/// The mean ‖p − p_retrain‖₂ of the output probabilities.
metric activation_distance(on: forget | retain | validation | test = forget): real towards 0 builtin
/// ‖θ − θ_retrain‖₂ over all parameters.
metric weight_distance: real towards 0 builtin

/// Zero-retrain forgetting score: 1 − the mean Jensen–Shannon divergence (base 2) of the outputs on the forget set from
/// those of a model that knows nothing (Chundawat et al., AAAI 2023): in 0..1.
metric zrf: real towards retrain builtin
/// With the natural logarithm, as their code has it: in 1 − ln 2..1.
metric zrf@paper: real towards retrain builtin

/// Epochs of SGD on the forget set until its loss is at most (1 + margin) times the original model's; `most` where it
/// never is (Tarun et al. 2021).
metric relearn_time(
  lr: real > 0 = 0.01,
  batch: samples > 0 = 256 samples,
  margin: percent >= 0 = 5%,
  most: epochs > 0 = 100 epochs
): epochs towards retrain builtin
