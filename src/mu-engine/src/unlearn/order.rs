//! An epoch's order of a stream of samples, with all that is drawn by position in it.

use tch::{TchError, Tensor};

use super::drawn::Drawn;
use crate::data::BatchDraws;

/// Positions 0..n of an epoch.
pub(super) struct Order {
    pub(super) samples: Tensor,
    pub(super) labels: Tensor,
    pub(super) forget: Tensor,
    pub(super) drawn: Drawn,
    pub(super) augmentation: Option<BatchDraws>,
}

impl Order {
    /// Room for a batch of `b` positions, which is filled anew for each.
    pub(super) fn window(&self, b: i64) -> Result<Self, TchError> {
        let room = |t: &Tensor| t.f_narrow(0, 0, b).map(|t| t.copy());
        Ok(Self {
            samples: room(&self.samples)?,
            labels: room(&self.labels)?,
            forget: room(&self.forget)?,
            drawn: self.drawn.map(room)?,
            augmentation: self.augmentation.as_ref().map(|a| a.map(room)).transpose()?,
        })
    }

    /// Fills a window with positions from `at` on of the order that it was made of.
    pub(super) fn fill(&self, from: &Self, at: i64) -> Result<(), TchError> {
        for (own, all) in self.tensors().into_iter().zip(from.tensors()) {
            own.shallow_clone().copy_(&all.f_narrow(0, at, own.size()[0])?);
        }
        Ok(())
    }

    /// All that is by position.
    fn tensors(&self) -> Vec<&Tensor> {
        let mut all = vec![&self.samples, &self.labels, &self.forget];
        all.extend(self.drawn.tensors());
        all.extend(self.augmentation.iter().flat_map(BatchDraws::tensors));
        all
    }
}
