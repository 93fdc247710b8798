//! A batch that went through the network, and what its samples' losses are weighed by.

use std::cell::RefCell;

use mu_step::expression::{Net, Part};
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
    /// What layers made on the way.
    pub(super) features: Vec<(Part, Tensor)>,
    /// Whether the network was in evaluation mode.
    pub(super) evaluation: bool,
    /// The number of the epoch among all phases' epochs, and the batch's first position in it.
    pub(super) place: (usize, usize),
    /// What frozen networks make of the images, each computed once.
    pub(super) known: RefCell<Vec<(Net, Part, Tensor)>>,
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
    /// What the student made of the images.
    pub(super) fn own(&self, part: &Part) -> Result<Tensor, TchError> {
        let features = || self.features.iter().find(|(p, _)| p == part).map(|(_, t)| t.shallow_clone());
        match part {
            Part::Logits => Ok(self.logits.shallow_clone()),
            Part::Features { .. } => {
                features().ok_or_else(|| TchError::Torch("what a layer made was not kept".to_owned()))
            }
        }
    }

    /// What a frozen network makes of the images.
    pub(super) fn once(
        &self,
        of: &Net,
        part: &Part,
        compute: impl FnOnce() -> Result<Tensor, TchError>,
    ) -> Result<Tensor, TchError> {
        let known =
            self.known.borrow().iter().find(|(n, p, _)| n == of && p == part).map(|k| k.2.shallow_clone());
        if let Some(known) = known {
            return Ok(known);
        }
        let computed = compute()?;
        self.known.borrow_mut().push((of.clone(), part.clone(), computed.shallow_clone()));
        Ok(computed)
    }

    /// The same batch after another look of the network.
    pub(super) fn again(&self, looked: Self) -> Result<Self, TchError> {
        let copy = |t: &Tensor| t.shallow_clone();
        Ok(Self {
            labels: copy(&self.labels),
            forget: copy(&self.forget),
            drawn: self.drawn.map(|t| Ok(copy(t)))?,
            divisor: self.divisor,
            place: self.place,
            ..looked
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
