//! A data set in use.

use super::view::Images;

/// A data set in use: both parts, and which samples train.
pub(crate) struct Dataset {
    pub(crate) train: Images,
    pub(crate) test: Images,
    /// Samples of the training part that train, ascending.
    pub(crate) training: Vec<i64>,
    pub(crate) validation: Vec<i64>,
}
