//! Loss terms on batches.

use mu_step::{Labels, LossTerm, Quantity, Reduction, Teacher};
use tch::{TchError, Tensor};

use super::batch::{LEAST, Pixels, Seen};
use super::entries::Entries;
use super::labels::targets;
use super::teachers::Teachers;
use crate::nn::Network;

/// A term with what is settled once per phase.
pub(super) struct Prepared<'t> {
    pub(super) term: &'t LossTerm,
    /// The stream that has its samples.
    pub(super) stream: usize,
    /// The parameters of a norm.
    pub(super) entries: Entries,
}

/// What every sum of losses needs besides its batches.
pub(super) struct Losses<'r, 'g> {
    pub(super) network: &'r Network<'g>,
    pub(super) teachers: &'r Teachers<'g>,
    /// How many epochs of the phase are done, and how many it has: coefficients decay.
    pub(super) epoch: (f64, f64),
    /// n_c of the training samples.
    pub(super) counts: &'r Tensor,
    /// What an FGSM step of 1 is in network input, and its bounds.
    pub(super) pixels: &'r Pixels,
}

impl Losses<'_, '_> {
    /// The sum of the terms whose coefficient is not zero: a term takes the stream that has its set.
    pub(super) fn total(&self, terms: &[Prepared<'_>], seen: &[Seen]) -> Result<Option<Tensor>, TchError> {
        let mut sum: Option<Tensor> = None;
        for Prepared { term, stream, entries } in terms {
            let coefficient = self.coefficient(term);
            if coefficient == 0.0 {
                continue;
            }
            let other = if *stream == 0 { seen.get(1) } else { seen.first() };
            let value = self.quantity(&term.quantity, entries, &seen[*stream], other)?;
            let part = value.f_mul_scalar(coefficient)?;
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

    fn quantity(
        &self,
        quantity: &Quantity,
        entries: &Entries,
        seen: &Seen,
        other: Option<&Seen>,
    ) -> Result<Tensor, TchError> {
        let log_p = |logits: &Tensor| logits.f_log_softmax(-1, logits.kind());
        let entropy =
            |log_p: &Tensor| log_p.f_exp()?.f_mul(log_p)?.f_sum_dim_intlist(-1, false, log_p.kind())?.f_neg();
        match quantity {
            Quantity::CrossEntropy { set, labels, reduction, balance } => {
                let log_p = log_p(&seen.logits)?;
                let each = match labels {
                    Labels::Uniform => log_p.f_mean_dim(-1, false, log_p.kind())?.f_neg()?,
                    _ => {
                        let targets = targets(*labels, seen, self.network, self.teachers, self.pixels)?
                            .f_unsqueeze(1)?;
                        log_p.f_gather(1, &targets, false)?.f_squeeze_dim(1)?.f_neg()?
                    }
                };
                let mut weights = seen.membership(*set);
                if *balance != 0.0 {
                    let by_class = self.counts.f_pow_tensor_scalar(-balance)?.f_to_kind(each.kind())?;
                    let class = by_class.f_index_select(0, &seen.labels)?;
                    let whole = weights.f_sum(each.kind())?.f_clamp_min(LEAST)?;
                    let mean =
                        class.f_mul(&weights)?.f_sum(each.kind())?.f_clamp_min(LEAST)?.f_div(&whole)?;
                    weights = weights.f_mul(&class)?.f_div(&mean)?;
                }
                seen.reduce(&each, &weights, *reduction)
            }
            Quantity::Divergence { set, teacher, temperature } => {
                let teacher = self.teacher(*teacher, seen)?.f_div_scalar(*temperature)?;
                let student = seen.logits.f_narrow(1, 0, teacher.size()[1])?.f_div_scalar(*temperature)?;
                let (teacher, student) = (log_p(&teacher)?, log_p(&student)?);
                let each = teacher.f_exp()?.f_mul(&(&teacher - student))?.f_sum_dim_intlist(
                    -1,
                    false,
                    teacher.kind(),
                )?;
                let mean = seen.reduce(&each, &seen.membership(*set), Reduction::Mean)?;
                mean.f_mul_scalar(temperature * temperature)
            }
            Quantity::Entropy { set } => {
                seen.reduce(&entropy(&log_p(&seen.logits)?)?, &seen.membership(*set), Reduction::Mean)
            }
            Quantity::EntropyGap { set, teacher } => {
                let teacher = entropy(&log_p(&self.teacher(*teacher, seen)?)?)?;
                let each = (entropy(&log_p(&seen.logits)?)? - teacher).f_square()?;
                seen.reduce(&each, &seen.membership(*set), Reduction::Mean)
            }
            Quantity::Contrast { set, temperature } => {
                let Some(other) = other else {
                    return Err(TchError::Torch("`contrast` needs a second stream".to_owned()));
                };
                let like =
                    seen.logits.f_matmul(&other.logits.detach().f_tr()?)?.f_div_scalar(*temperature)?;
                let each = log_p(&like)?.f_mean_dim(-1, false, like.kind())?.f_neg()?;
                seen.reduce(&each, &seen.membership(*set), Reduction::Mean)
            }
            Quantity::L1 { .. } => self.norm(entries, |t, _| t.f_abs()),
            Quantity::L2 { to_original, .. } => self.norm(entries, |t, name| match *to_original {
                true => t.f_sub(&self.teachers.original()?.tensors[name])?.f_square(),
                false => t.f_square(),
            }),
        }
    }

    /// The sum over entries of parameters.
    fn norm(
        &self,
        entries: &Entries,
        each: impl Fn(&Tensor, &str) -> Result<Tensor, TchError>,
    ) -> Result<Tensor, TchError> {
        let mut sum = Tensor::f_zeros([], (self.network.kind(), self.network.device()))?;
        for (name, mask) in entries {
            let mut values = each(&self.network.tensors[name], name)?;
            if let Some(mask) = mask {
                values = values.f_mul(mask)?;
            }
            sum = sum.f_add(&values.f_sum(values.kind())?)?;
        }
        Ok(sum)
    }

    fn teacher(&self, teacher: Teacher, seen: &Seen) -> Result<Tensor, TchError> {
        self.teachers.logits(teacher, &seen.images)
    }
}
