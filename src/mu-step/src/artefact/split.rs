//! Of `split` and `score` steps: which samples train, and a number for each of them.

use super::file::Array;

/// The numbers of the samples that train, ascending.
pub const TRAINING: Array<i64> = Array::new("train.npy");

/// The numbers of the samples that validate, ascending.
pub const VALIDATION: Array<i64> = Array::new("validation.npy");

/// A score for each of the samples that train, in their order.
pub const SCORES: Array<f64> = Array::new("scores.npy");
