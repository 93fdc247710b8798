//! Loss terms on batches.

use mu_step::{LossTerm, Quantity};
use tch::{TchError, Tensor};

use super::batch::{LEAST, Seen};
use super::entries::Entries;
use super::scene::{Entry, Step};
use super::teachers::Teachers;
use crate::draw::Draws;
use crate::expression;
use crate::nn::Network;

/// A term with what is settled once per phase.
pub(super) struct Prepared<'t> {
    pub(super) term: &'t LossTerm,
    /// The stream that has its samples.
    pub(super) stream: usize,
    /// The parameters of a norm.
    pub(super) entries: Entries,
    of: expression::Prepared<'t>,
    weigh: Option<expression::Prepared<'t>>,
}

impl<'t> Prepared<'t> {
    pub(super) fn new(term: &'t LossTerm, stream: usize, entries: Entries) -> Result<Self, TchError> {
        let (of, weigh) = match &term.quantity {
            Quantity::Samples { of, weigh, .. } => (of, weigh.as_ref()),
            Quantity::Parameters { of, .. } => (of, None),
        };
        let weigh = weigh.map(expression::Prepared::new).transpose()?;
        Ok(Self { term, stream, entries, of: expression::Prepared::new(of)?, weigh })
    }
}

impl<'t> Prepared<'t> {
    /// What it computes.
    pub(super) fn expressions(&self) -> impl Iterator<Item = &expression::Prepared<'t>> {
        std::iter::once(&self.of).chain(&self.weigh)
    }
}

/// What every sum of losses needs besides its batches.
pub(super) struct Losses<'r, 'g> {
    pub(super) network: &'r Network<'g>,
    pub(super) teachers: &'r Teachers<'g>,
    /// How many epochs of the phase are done, and how many it has: coefficients decay.
    pub(super) epoch: (f64, f64),
    /// n_c of the training samples.
    pub(super) counts: &'r Tensor,
    /// The scale of network input.
    pub(super) pixels: &'r [Tensor; 3],
    pub(super) draws: Draws,
}

impl Losses<'_, '_> {
    /// The sum of the terms whose coefficient is not zero: a term takes the stream that has its set.
    pub(super) fn total(&self, terms: &[Prepared<'_>], seen: &[Seen]) -> Result<Option<Tensor>, TchError> {
        let mut sum: Option<Tensor> = None;
        for prepared in terms {
            let coefficient = self.coefficient(prepared.term);
            if coefficient == 0.0 {
                continue;
            }
            let part = self.quantity(prepared, seen)?.f_mul_scalar(coefficient)?;
            sum = Some(match sum {
                Some(sum) => sum.f_add(&part)?,
                None => part,
            });
        }
        Ok(sum)
    }

    fn coefficient(&self, term: &LossTerm) -> f64 {
        let (epoch, epochs) = self.epoch;
        let factor = match term.decay {
            Some(rest) if epochs > rest as f64 => (1.0 - epoch / (epochs - rest as f64)).max(0.0),
            Some(_) => 0.0,
            None => 1.0,
        };
        term.coefficient * factor
    }

    fn quantity(&self, term: &Prepared<'_>, seen: &[Seen]) -> Result<Tensor, TchError> {
        let (set, reduction) = match &term.term.quantity {
            Quantity::Samples { set, reduction, .. } => (*set, *reduction),
            Quantity::Parameters { .. } => return self.of_parameters(term),
        };
        let Some(own) = seen.get(term.stream) else {
            return Err(TchError::Torch("a loss has no batch".to_owned()));
        };
        let step = Step {
            network: self.network,
            teachers: self.teachers,
            seen: own,
            beside: if term.stream == 0 { seen.get(1) } else { seen.first() },
            epoch: self.epoch,
            counts: self.counts,
            pixels: self.pixels,
            draws: self.draws,
        };
        let each = term.of.of_samples(&step)?;
        let mut weights = own.membership(set);
        if let Some(weigh) = &term.weigh {
            let by_sample = weigh.of_samples(&step)?;
            let whole = weights.f_sum(each.kind())?.f_clamp_min(LEAST)?;
            let mean = by_sample.f_mul(&weights)?.f_sum(each.kind())?.f_clamp_min(LEAST)?.f_div(&whole)?;
            weights = weights.f_mul(&by_sample)?.f_div(&mean)?;
        }
        own.reduce(&each, &weights, reduction)
    }

    /// The sum over entries of parameters.
    fn of_parameters(&self, term: &Prepared<'_>) -> Result<Tensor, TchError> {
        let mut sum = Tensor::f_zeros([], (self.network.kind(), self.network.device()))?;
        for (name, mask) in &term.entries {
            let entry = Entry { network: self.network, teachers: self.teachers, name, epoch: self.epoch };
            let mut values = term.of.value(&entry)?;
            if let Some(mask) = mask {
                values = values.f_mul(mask)?;
            }
            sum = sum.f_add(&values.f_sum(values.kind())?)?;
        }
        Ok(sum)
    }
}
