//! Set algebra: forget sets made of forget sets.

/// What is in one or the other.
selection union(a: selection, b: selection) builtin
/// What is in both.
selection both(a: selection, b: selection) builtin
/// What is in `a` and not in `b`.
selection without(a: selection, b: selection) builtin
/// Every training sample that is not in the set.
selection complement(of: selection) builtin
/// A uniform draw with as many samples of every class as another set has; or, by a score, of every tenth of its ranks.
selection matched(to: selection, on: score | class = class) builtin
/// What the other parts of a composed method leave of the forget set.
selection rest builtin
