//! What waits while a model is made on the side.

use super::entries::Entries;
use super::optimizer::Optimizer;
use crate::artefact::Tensors;

/// The state of what goes on afterwards.
pub(super) struct Waiting {
    pub(super) weights: Tensors,
    pub(super) average: Option<Tensors>,
    pub(super) moving: Option<Entries>,
    pub(super) slow: Vec<(Entries, f64)>,
    pub(super) optimizers: Vec<Optimizer>,
}

pub(super) fn copies(tensors: &Tensors) -> Tensors {
    tensors.iter().map(|(name, t)| (name.clone(), t.detach().copy())).collect()
}
