/// Selective synaptic dampening: weights that matter more to the forget set than to all data shrink.
/// Source: Foster, Schoepf, Brintrup, AAAI 2024.
method ssd(
  /// A weight is chosen where its importance to the forget set is more than alpha times that to all data.
  alpha: real > 0 usual 0.1..100 = 10,
  /// How much of a chosen weight is left, times the ratio of both.
  lambda: real >= 0 usual 0.1..5 = 1,
  batch: samples > 0 = 256 samples
) {
  start from original
  step all by dampen(selection: alpha, strength: lambda, batch: batch)
}
