//! A batch that went through the network, and what its samples' losses are weighed by.

use mu_step::{Reduction, Set};
use tch::{TchError, Tensor};

use super::drawn::Drawn;

/// What sums of weights are not taken below, in float32 as well.
pub(super) const LEAST: f64 = 1e-12;

/// A batch that went through the network.
pub(super) struct Seen {
    /// Network input [b, c, h, w].
    pub(super) images: Tensor,
    /// [b, outputs]
    pub(super) logits: Tensor,
    /// The data set's labels [b].
    pub(super) labels: Tensor,
    /// w_i [b].
    pub(super) forget: Tensor,
    /// Labels drawn for the epoch.
    pub(super) drawn: Drawn,
    /// What a mean divides by.
    pub(super) divisor: Divisor,
}

/// What a mean over samples divides by.
#[derive(Clone, Copy, Debug)]
pub(super) enum Divisor {
    /// A number: the samples of the batch, or of the whole set.
    Samples(f64),
    /// The weights of the set in this batch.
    Weights,
}

impl Seen {
    /// The same batch, of which the network says something else.
    pub(super) fn again(&self, logits: Tensor) -> Result<Self, TchError> {
        let copy = |t: &Tensor| t.shallow_clone();
        Ok(Self {
            images: copy(&self.images),
            logits,
            labels: copy(&self.labels),
            forget: copy(&self.forget),
            drawn: self.drawn.map(|t| Ok(copy(t)))?,
            divisor: self.divisor,
        })
    }

    pub(super) fn membership(&self, set: Set) -> Tensor {
        match set {
            Set::Forget => self.forget.shallow_clone(),
            Set::Retain => 1.0 - &self.forget,
        }
    }

    /// Mean, or sum, of what each sample gives, weighed by its membership.
    pub(super) fn reduce(
        &self,
        each: &Tensor,
        weights: &Tensor,
        reduction: Reduction,
    ) -> Result<Tensor, TchError> {
        let sum = each.f_mul(weights)?.f_sum(each.kind())?;
        match (reduction, self.divisor) {
            (Reduction::Sum, _) => Ok(sum),
            (Reduction::Mean, Divisor::Samples(n)) => sum.f_div_scalar(n),
            // No sample of the set in the batch: nothing to learn from it.
            (Reduction::Mean, Divisor::Weights) => {
                sum.f_div(&weights.f_sum(each.kind())?.f_clamp_min(LEAST)?)
            }
        }
    }
}

/// The scale of the network input.
pub(super) struct Pixels {
    pub(super) inverse_std: Tensor,
    pub(super) bounds: [Tensor; 2],
}
