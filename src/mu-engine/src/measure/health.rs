//! What an `infer` step finds out about its model, beside the outputs.

use mu_step::artefact::{Answers, Health};
use mu_step::{Failure, InferSpec};
use tch::{Kind, TchError, Tensor};

use super::evaluation::outputs;
use crate::artefact::Tensors;
use crate::context::Context;
use crate::data::{Dataset, Images};
use crate::nn::Network;
use crate::torch;
use crate::unlearn::weights;

/// So many training samples tell whether the model that a method started from knows anything.
const LOOKED_AT: usize = 1000;
/// Parameters that differ by more than this share of a tensor's largest have moved; nearer ones are compared by outputs.
const NEAR: f64 = 1e-3;

/// The parts of the data in the order in which outputs are stored: images, and which of them.
pub(super) type Parts<'d> = [(&'static str, &'d Images, &'d [i64]); 3];

/// What the outputs of a model say of it. `logits` are those of the parts.
pub(super) fn of(
    spec: &InferSpec,
    context: &Context,
    data: &Dataset,
    parts: &Parts<'_>,
    logits: &[Tensor],
) -> Result<Health, Failure> {
    let failed = |e: TchError| torch::failed(&e);
    let part = |at: usize| answers(&logits[at], parts[at].1, parts[at].2).map_err(failed);
    let mut health = Health { training: part(0)?, test: part(2)?, original: None, change: None };
    let Some(original) = spec.original else { return Ok(health) };
    let before = weights(original, context)?;
    let Ok(network) = Network::with(&spec.graph, &before) else { return Ok(health) };
    // Evenly spaced: many data sets are sorted by class.
    let step = data.training.len().div_ceil(LOOKED_AT).max(1);
    let some: Vec<i64> = data.training.iter().copied().step_by(step).collect();
    let known = outputs(&network, &data.train, &some).map_err(failed)?;
    health.original = Some(answers(&known, &data.train, &some).map_err(failed)?);
    if near(&before, &weights(spec.model, context)?).map_err(failed)? {
        health.change = change(&network, parts, logits).map_err(failed)?;
    }
    Ok(health)
}

fn answers(logits: &Tensor, images: &Images, samples: &[i64]) -> Result<Answers, TchError> {
    let labels =
        images.labels.f_to_device(tch::Device::Cpu)?.f_index_select(0, &Tensor::from_slice(samples))?;
    of_labels(logits, &Vec::<i64>::try_from(labels.f_to_kind(Kind::Int64)?)?)
}

/// What logits [n, classes] answer to samples of some classes [n].
pub(crate) fn of_labels(logits: &Tensor, labels: &[i64]) -> Result<Answers, TchError> {
    let width = logits.size()[1].max(0) as usize;
    let rows = logits.f_to_device(tch::Device::Cpu)?.f_to_kind(Kind::Double)?.f_contiguous()?.f_view([-1])?;
    let rows = Vec::<f64>::try_from(rows)?;
    let mut found = Answers { right: 0, loss: 0.0, classes: vec![0; width], predicted: vec![0; width] };
    for (row, label) in rows.chunks(width.max(1)).zip(labels) {
        // A number that is no class would be an error of what read the data: the metrics say so.
        let Some(label) = usize::try_from(*label).ok().filter(|l| *l < row.len()) else { continue };
        // The first largest logit is the answer, as everywhere.
        let answer = (0..row.len()).fold(0, |best, k| if row[k] > row[best] { k } else { best });
        let sum: f64 = row.iter().map(|l| (l - row[answer]).exp()).sum();
        found.loss += row[answer] + sum.ln() - row[label];
        found.right += usize::from(answer == label);
        found.classes[label] += 1;
        found.predicted[answer] += 1;
    }
    found.loss /= labels.len().max(1) as f64;
    Ok(found)
}

/// Whether no parameter differs by more than [`NEAR`] of its tensor's largest.
fn near(before: &Tensors, after: &Tensors) -> Result<bool, TchError> {
    for (name, old) in before {
        let Some(new) = after.get(name).filter(|new| new.size() == old.size()) else { return Ok(false) };
        if old.numel() > 0 && share(old, new)? > NEAR {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The largest difference between two tensors, as a share of the first one's largest number.
fn share(old: &Tensor, new: &Tensor) -> Result<f64, TchError> {
    let (old, new) = (old.f_to_kind(Kind::Double)?, new.f_to_kind(Kind::Double)?);
    let largest = |t: &Tensor| f64::try_from(t.f_abs()?.f_max()?);
    let difference = largest(&new.f_sub(&old)?)?;
    Ok(if difference == 0.0 { 0.0 } else { difference / largest(&old)? })
}

/// The largest difference of a logit to those of the network that a method started from.
fn change(original: &Network<'_>, parts: &Parts<'_>, logits: &[Tensor]) -> Result<Option<f64>, TchError> {
    let mut most = 0.0f64;
    for ((_, images, samples), after) in parts.iter().zip(logits) {
        let before = outputs(original, images, samples)?;
        if before.size() != after.size() {
            return Ok(None);
        }
        if before.numel() > 0 {
            most = most.max(share(&before, after)?);
        }
    }
    Ok(Some(most))
}
