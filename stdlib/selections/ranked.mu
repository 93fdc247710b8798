//! Forget sets by rank of a score.

/// The samples that score highest; with `per_class`, of every class.
selection highest(budget: percent | samples > 0, score: score, per_class: bool = false) builtin
/// The samples that score lowest.
selection lowest(budget: percent | samples > 0, score: score, per_class: bool = false) builtin
/// The samples around the median score.
selection middle(budget: percent | samples > 0, score: score, per_class: bool = false) builtin
/// The samples between two shares of the ranks, counted from the lowest score.
selection ranks(
  score: score,
  from: percent in 0..100 = 0%,
  to: percent in 0..100 = 100%,
  per_class: bool = false
) builtin
