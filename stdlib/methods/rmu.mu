/// The mean squared distance of the features to one random direction of length `size`, the same for every sample (Li et al. 2024).
loss misdirection(of: set, size: real > 0 = 6.5) =
  mean(of, mean(square(features - size * direction / norm(direction))))
  where direction = draw(uniform, like: features, fixed: true)

/// The mean squared distance of the features to the original model's.
loss feature_drift(of: set) = mean(of, mean(square(features - original.features)))

/// Representation misdirection (RMU), on the features before the last layer: on the forget set they are driven to a random vector, on the
/// retain set they stay.
/// Source: Li et al., "The WMDP Benchmark", ICML 2024; size, rate and decay are those of its code for Zephyr 7B, where features of an inner layer are
/// driven by three layers' weights. Their alpha is 1200 there and 100 by default, as here. The last layer does not move: no loss reaches it.
method rmu(
  size: real > 0 usual 1..100 = 6.5,
  alpha: real >= 0 usual 1..1200 = 100,
  lr: real > 0 usual 1e-6..0.01 = 5e-5,
  epochs: epochs = 5 epochs,
  batch: samples > 0 = 256 samples
) {
  start from original
  update only all - last(1 layers)
  repeat epochs over retain with forget in batches of batch {
    minimize alpha * feature_drift(retain) + misdirection(forget, size: size)
    by adamw(lr: lr, weight_decay: 0.01)
  }
}
