//! What a training does beside its steps: it mixes the samples of a batch, keeps other weights than its last, ends early.

use mu_step::{Course, Gain, Keep, Mix, Set};
use serde::{Deserialize, Serialize};
use tch::{Kind, TchError, Tensor};

use super::membership::Membership;
use crate::artefact::Tensors;
use crate::data::Dataset;
use crate::draw::{Draw, Draws};
use crate::nn::Network;

/// Samples that are looked at together.
const AT_ONCE: usize = 256;

/// How far a phase's course is.
pub(super) struct Way<'c> {
    of: &'c Course,
    pub(super) kept: Kept,
}

/// What of it the rest depends on.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) head: KeptHead,
    /// The mean of the weights.
    pub(super) average: Option<Tensors>,
    /// The weights of the best epoch.
    pub(super) best: Option<Tensors>,
}

/// Beside tensors.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct KeptHead {
    /// The best value; the larger the better.
    best: Option<f64>,
    /// Epochs since.
    idle: usize,
}

/// How a batch is mixed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Mixed {
    /// With a share of the sample itself.
    Mixup(f64),
    /// With a box of the sample before.
    Cutmix(Area),
}

/// Columns and rows from, and up to but not including, and the share of the area that is outside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Area {
    x: [i64; 2],
    y: [i64; 2],
    share: f64,
}

impl Area {
    /// torchvision's CutMix: a box around (x, y), of the share 1 − λ of the area where it fits.
    fn of(share: f64, [x, y]: [i64; 2], [height, width]: [i64; 2]) -> Self {
        let r = 0.5 * (1.0 - share).sqrt();
        let (across, down) = ((r * width as f64) as i64, (r * height as f64) as i64);
        let (x, y) =
            ([(x - across).max(0), (x + across).min(width)], [(y - down).max(0), (y + down).min(height)]);
        let inside = ((x[1] - x[0]) * (y[1] - y[0])) as f64;
        Self { x, y, share: 1.0 - inside / (width * height) as f64 }
    }
}

impl Mixed {
    /// What is drawn for a batch of images of that size.
    pub(super) fn draw(mix: Mix, draw: &mut Draw, size: [i64; 2]) -> Option<Self> {
        let by_box = match (mix.mixup, mix.cutmix) {
            (None, None) => return None,
            (Some(_), Some(_)) => draw.below(2) == 1,
            (_, cutmix) => cutmix.is_some(),
        };
        let alpha = if by_box { mix.cutmix? } else { mix.mixup? };
        let share = draw.beta(alpha);
        if !by_box {
            return Some(Mixed::Mixup(share));
        }
        let [height, width] = size;
        let at = [width, height].map(|side| draw.below(side.max(1) as usize) as i64);
        Some(Mixed::Cutmix(Area::of(share, at, size)))
    }

    /// The share of each sample's own label.
    pub(super) fn share(self) -> f64 {
        match self {
            Mixed::Mixup(share) => share,
            Mixed::Cutmix(area) => area.share,
        }
    }

    /// Images [b, c, h, w], each mixed with the one before it, the first with the last.
    pub(super) fn images(self, images: &Tensor) -> Result<Tensor, TchError> {
        let other = rolled(images)?;
        match self {
            Mixed::Mixup(share) => images.f_mul_scalar(share)?.f_add(&other.f_mul_scalar(1.0 - share)?),
            Mixed::Cutmix(Area { x, y, .. }) => {
                let mixed = images.copy();
                if x[1] > x[0] && y[1] > y[0] {
                    let cut = |t: &Tensor| t.f_narrow(3, x[0], x[1] - x[0])?.f_narrow(2, y[0], y[1] - y[0]);
                    cut(&mixed)?.copy_(&cut(&other)?);
                }
                Ok(mixed)
            }
        }
    }
}

/// Each sample's one before.
pub(super) fn rolled(of: &Tensor) -> Result<Tensor, TchError> {
    of.f_roll([1].as_slice(), [0].as_slice())
}

impl<'c> Way<'c> {
    /// From the beginning, or from where it was taken up.
    pub(super) fn new(of: &'c Course, kept: Option<Kept>) -> Self {
        Self { of, kept: kept.unwrap_or_default() }
    }

    /// Why its steps cannot be recorded, where they cannot.
    pub(super) fn unrecordable(&self) -> Option<&'static str> {
        self.of.mix.map(|_| "their samples are mixed by numbers that are drawn for each")
    }

    /// How the batch at a position is mixed: a function of seed, epoch and position.
    pub(super) fn mixed(&self, draws: Draws, index: usize, at: i64, shape: [i64; 3]) -> Option<Mixed> {
        let mut draw = draws.stream(&format!("mix of epoch {index}"), at as usize);
        Mixed::draw(self.of.mix?, &mut draw, [shape[1], shape[2]])
    }

    /// After a step.
    pub(super) fn follow(&mut self, network: &Network<'_>) -> Result<(), TchError> {
        let Keep::Average { decay } = self.of.keep else { return Ok(()) };
        average(&mut self.kept.average, &network.tensors, decay)
    }

    /// After an epoch: whether it ends here, and what was seen.
    pub(super) fn after_epoch(
        &mut self,
        network: &Network<'_>,
        data: &Dataset,
        membership: &Membership,
    ) -> Result<Option<(bool, f64)>, TchError> {
        let Some(by) = self.of.gain() else { return Ok(None) };
        // What is kept is what is looked at.
        let mut looked = network.frozen();
        if let Some(average) = &self.kept.average {
            looked.put(average).map_err(TchError::Torch)?;
        }
        let value = look(by, &looked, data, membership)?;
        let better = if by == Gain::CrossEntropy { -value } else { value };
        let head = &mut self.kept.head;
        if head.best.is_none_or(|best| better > best) {
            *head = KeptHead { best: Some(better), idle: 0 };
            if matches!(self.of.keep, Keep::Best { .. }) {
                self.kept.best = Some(copies(&network.tensors));
            }
        } else {
            head.idle += 1;
        }
        Ok(Some((self.of.patience.is_some_and(|most| head.idle >= most), value)))
    }

    /// The weights that the phase ends with, where they are not its last.
    pub(super) fn end(self) -> Option<Tensors> {
        match self.of.keep {
            Keep::Last => None,
            Keep::Best { .. } => self.kept.best,
            Keep::Average { .. } => self.kept.average,
        }
    }
}

/// The mean moves on: the first weights are the first mean.
fn average(mean: &mut Option<Tensors>, new: &Tensors, decay: f64) -> Result<(), TchError> {
    let Some(mean) = mean else {
        *mean = Some(copies(new));
        return Ok(());
    };
    tch::no_grad(|| {
        for (name, tensor) in mean {
            let _ = tensor.f_lerp_(&new[name].detach(), 1.0 - decay)?;
        }
        Ok(())
    })
}

fn copies(tensors: &Tensors) -> Tensors {
    tensors.iter().map(|(name, t)| (name.clone(), t.detach().copy())).collect()
}

/// What a network is on the validation samples: in evaluation mode, without augmentation. The classes that are trained on are those
/// that have a sample in the retain set.
fn look(by: Gain, network: &Network<'_>, data: &Dataset, membership: &Membership) -> Result<f64, TchError> {
    let images = &data.train;
    let labels = Vec::<i64>::try_from(images.labels.f_to_device(tch::Device::Cpu)?)?;
    let retained: std::collections::BTreeSet<i64> =
        membership.members(Set::Retain).into_iter().map(|i| labels[i as usize]).collect();
    let of_them = |i: &i64| by != Gain::Accuracy || retained.contains(&labels[*i as usize]);
    let samples: Vec<i64> = data.validation.iter().copied().filter(of_them).collect();
    if samples.is_empty() {
        return Err(TchError::Torch("there is no validation sample to go by".to_owned()));
    }
    let mut sum = 0.0;
    tch::no_grad(|| {
        for chunk in samples.chunks(AT_ONCE) {
            let index = Tensor::from_slice(chunk).f_to_device(images.device())?;
            let truth = images.labels.f_index_select(0, &index)?;
            let logits = network.forward(&images.batch(&index, None)?, false)?;
            let part = match by {
                Gain::Accuracy | Gain::AccuracyOfAll => {
                    logits.f_argmax(-1, false)?.f_eq_tensor(&truth)?.f_sum(Kind::Double)?
                }
                Gain::CrossEntropy => {
                    let log_p = logits.f_to_kind(Kind::Double)?.f_log_softmax(-1, Kind::Double)?;
                    log_p.f_gather(1, &truth.f_unsqueeze(1)?, false)?.f_neg()?.f_sum(Kind::Double)?
                }
            };
            sum += part.f_double_value(&[])?;
        }
        Ok::<(), TchError>(())
    })?;
    let scale = if by == Gain::CrossEntropy { 1.0 } else { 100.0 };
    Ok(scale * sum / samples.len() as f64)
}

#[cfg(test)]
mod tests;
