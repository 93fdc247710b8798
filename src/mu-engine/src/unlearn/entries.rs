//! Parts of the parameters: tensors, and masks of their entries.

use mu_step::Score;
use tch::Tensor;

use crate::artefact::Tensors;

/// Tensors by name, each with the mask (0 or 1) of the entries that belong to the set; all of them without one.
pub(super) type Entries = Vec<(String, Option<Tensor>)>;

/// A tensor that moves.
pub(super) struct Moving {
    pub(super) name: String,
    pub(super) tensor: Tensor,
    /// 1 where it may move.
    pub(super) mask: Option<Tensor>,
    /// What its gradient is multiplied by.
    pub(super) factor: Option<Tensor>,
}

/// A score of the original model's entries, which is computed once.
pub(super) struct Importance {
    pub(super) of: Score,
    /// None where an earlier process computed them: their cost is counted.
    pub(super) tensors: Option<Tensors>,
}
