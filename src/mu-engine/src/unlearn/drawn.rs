//! Labels that are drawn once per epoch, by position in it.

use mu_step::{Labels, LossTerm, Quantity};
use tch::{TchError, Tensor};

use crate::draw::{Draw, Draws};

/// The drawn labels of an epoch.
#[derive(Default)]
pub(super) struct Drawn {
    pub(super) random: Option<Tensor>,
    pub(super) other: Option<Tensor>,
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
