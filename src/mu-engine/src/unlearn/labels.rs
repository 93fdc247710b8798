//! The laws by which labels are given.

use mu_step::{Labels, LossTerm, Quantity};
use tch::{Kind, TchError, Tensor};

use super::losses::{Losses, Seen};
use crate::draw::{Draw, Draws};

/// Labels that are drawn once per epoch, by position in it.
#[derive(Default)]
pub(super) struct Drawn {
    random: Option<Tensor>,
    other: Option<Tensor>,
}

impl Drawn {
    /// Those that the terms want; one number is drawn per sample.
    pub(super) fn new<'t>(
        terms: impl Iterator<Item = &'t LossTerm>,
        labels: &Tensor,
        classes: usize,
        draws: Draws,
        index: usize,
    ) -> Result<Self, TchError> {
        let mut drawn = Self::default();
        for term in terms {
            let Quantity::CrossEntropy { labels: law, .. } = &term.quantity else { continue };
            let place = match law {
                Labels::Random => &mut drawn.random,
                Labels::Other => &mut drawn.other,
                _ => continue,
            };
            if place.is_none() {
                let mut stream = draws.stream("random labels", index);
                let truth = Vec::<i64>::try_from(labels.f_to_device(tch::Device::Cpu)?)?;
                let values: Vec<i64> =
                    truth.into_iter().map(|t| one(*law, t, classes, &mut stream)).collect();
                *place = Some(Tensor::from_slice(&values).f_to_device(labels.device())?);
            }
        }
        Ok(drawn)
    }

    /// What `f` makes of each.
    pub(super) fn map(&self, f: impl Fn(&Tensor) -> Result<Tensor, TchError>) -> Result<Self, TchError> {
        let map = |t: &Option<Tensor>| t.as_ref().map(&f).transpose();
        Ok(Self { random: map(&self.random)?, other: map(&self.other)? })
    }

    /// All of them.
    pub(super) fn tensors(&self) -> impl Iterator<Item = &Tensor> {
        self.random.iter().chain(&self.other)
    }
}

/// A label by a law, for a sample whose own is `truth`.
pub(super) fn one(law: Labels, truth: i64, classes: usize, stream: &mut Draw) -> i64 {
    match law {
        Labels::Other if classes > 1 => (truth + 1 + stream.below(classes - 1) as i64) % classes as i64,
        Labels::Random | Labels::Other => stream.below(classes) as i64,
        _ => truth,
    }
}

impl Losses<'_, '_> {
    /// The labels [b] that a law gives a batch.
    pub(super) fn targets(&self, law: Labels, seen: &Seen) -> Result<Tensor, TchError> {
        let own = || seen.labels.shallow_clone();
        Ok(match law {
            Labels::True | Labels::Uniform => own(),
            Labels::Random => seen.drawn.random.as_ref().map_or_else(own, Tensor::shallow_clone),
            Labels::Other => seen.drawn.other.as_ref().map_or_else(own, Tensor::shallow_clone),
            Labels::NewClass => seen.labels.f_full_like(self.network.classes() as i64)?,
            Labels::NearestOther => tch::no_grad(|| {
                let logits = self.teachers.original()?.forward(&seen.images, false)?;
                let own = seen.labels.f_unsqueeze(1)?;
                logits.f_scatter_value(1, &own, f64::NEG_INFINITY)?.f_argmax(1, false)
            })?,
            Labels::Boundary { epsilon } => {
                let original = self.teachers.original()?;
                let x = seen.images.detach().copy().set_requires_grad(true);
                let log_p = original.forward(&x, false)?.f_log_softmax(-1, x.kind())?;
                let own = seen.labels.f_unsqueeze(1)?;
                let loss = log_p.f_gather(1, &own, false)?.f_sum(x.kind())?.f_neg()?;
                let gradient = Tensor::f_run_backward(&[&loss], &[&x], false, false)?.remove(0);
                tch::no_grad(|| {
                    // ε is a share of the pixels' range.
                    let step =
                        self.pixels.inverse_std.f_mul_scalar(255.0 * epsilon)?.f_mul(&gradient.f_sign()?)?;
                    let [least, most] = &self.pixels.bounds;
                    let moved = x.detach().f_add(&step)?.f_maximum(least)?.f_minimum(most)?;
                    original.forward(&moved, false)?.f_argmax(1, false)
                })?
            }
        })
    }
}

/// How many training samples each class has [classes], as numbers of `kind`.
pub(super) fn counts(
    labels: &Tensor,
    samples: &[i64],
    classes: usize,
    kind: Kind,
) -> Result<Tensor, TchError> {
    let index = Tensor::from_slice(samples).f_to_device(labels.device())?;
    labels
        .f_index_select(0, &index)?
        .f_bincount(None::<Tensor>, classes as i64)?
        .f_to_kind(kind)?
        .f_clamp_min(1.0)
}
