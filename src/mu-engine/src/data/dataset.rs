//! A data set in use.

use std::rc::Rc;

use super::view::Images;

/// A data set in use: both parts, and which samples train.
pub(crate) struct Dataset {
    pub(crate) train: Rc<Images>,
    pub(crate) test: Rc<Images>,
    /// Samples of the training part that train, ascending.
    pub(crate) training: Vec<i64>,
    pub(crate) validation: Vec<i64>,
}

impl Dataset {
    /// The same where some samples, ascending, train no more.
    pub(crate) fn without(&self, gone: &[i64]) -> Self {
        let stays = |i: &i64| gone.binary_search(i).is_err();
        Self {
            train: Rc::clone(&self.train),
            test: Rc::clone(&self.test),
            training: self.training.iter().copied().filter(stays).collect(),
            validation: self.validation.iter().copied().filter(stays).collect(),
        }
    }
}
