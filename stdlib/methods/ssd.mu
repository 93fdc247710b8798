/// Selective synaptic dampening: weights that matter more to the forget set than to all data shrink.
/// Source: Foster, Schoepf, Brintrup, AAAI 2024, whose code has alpha 10 and lambda 1 too. The batch is part of the definition:
/// importances are squared gradients of batch means, so a larger batch averages what single samples need away. Their code takes 64
/// for classes, as here, and 128 for random samples: pass `batch: 128 samples` for those. (Theirs shuffles the batches, which alone
/// moves a small set's importances; here they are in the order of the samples.)
method ssd(
  /// A weight is chosen where its importance to the forget set is more than alpha times that to all data.
  alpha: real > 0 usual 0.1..100 = 10,
  /// How much of a chosen weight is left, times the ratio of both.
  lambda: real >= 0 usual 0.1..5 = 1,
  batch: samples > 0 = 64 samples
) {
  start from original
  step all by dampen(selection: alpha, strength: lambda, batch: batch)
}
