//! How well a model knows a part of the data, without the rounding of accuracy.

/// Cross-entropy on a part, in nats: the mean over its samples, or a quantile of theirs (linear between ranks). The decimal
/// logarithm suits losses that differ by orders of magnitude: a difference of 0.3 is a factor of 2.
metric cross_entropy(
  on: forget | retain | validation | test | selection,
  quantile: percent | mean in 0..100 = mean,
  scale: linear | log10 = linear
): real towards reference =
  case(scale, linear: value, log10: log10(value))
  where value = case(quantile, mean: mean(on, -log_p(label)), else: quantile(on, -log_p(label), quantile))

/// How hard a forget set is to erase, whatever the method: the mean cross-entropy of its samples under Retrain, which never saw them.
/// The lower, the more the retained samples say of the set. It tells sets apart where `ua` is 0 for all of them.
metric loss_after_retrain: real towards lower = cross_entropy(forget)[unlearn == reference]
