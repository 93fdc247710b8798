//! A batch's way through the network, and its loss.

use std::cell::RefCell;

use mu_step::Task;
use mu_step::expression::{Net, Node, Part};
use tch::{TchError, Tensor};

use super::batch::{Divisor, Seen};
use super::course::{Mixed, rolled};
use super::drawn::Drawn;
use super::losses::{Losses, Prepared};
use crate::nn::Network;

/// The loss of a batch. It is linear in labels: where samples were mixed, that of the labels of both that each is made of.
pub(super) fn of_mixed(
    losses: &Losses<'_, '_>,
    terms: &[Prepared<'_>],
    seen: &mut [Seen],
    mixed: Option<Mixed>,
) -> Result<Option<Tensor>, TchError> {
    let own = losses.total(terms, seen)?;
    let (Some(loss), Some(mixed)) = (&own, mixed) else { return Ok(own) };
    let labels = rolled(&seen[0].labels)?;
    let labels = std::mem::replace(&mut seen[0].labels, labels);
    let other = losses.total(terms, seen)?;
    seen[0].labels = labels;
    let Some(other) = other else { return Ok(own) };
    let share = mixed.share();
    loss.f_mul_scalar(share)?.f_add(&other.f_mul_scalar(1.0 - share)?).map(Some)
}

/// A batch's way through the network; who it is comes later.
pub(super) fn look(
    images: &Tensor,
    evaluation: bool,
    terms: &[Prepared<'_>],
    network: &Network<'_>,
) -> Result<Seen, TchError> {
    let mut parts: Vec<Part> = Vec::new();
    let mut by_image = false;
    for node in terms.iter().flat_map(|t| t.term.quantity.expressions()).flat_map(|e| e.nodes()) {
        match node {
            Node::Output { of: Net::Own | Net::Beside, part: part @ Part::Features { .. }, at: None }
                if !parts.contains(part) =>
            {
                parts.push(part.clone());
            }
            Node::Gradient { .. } => by_image = true,
            _ => {}
        }
    }
    let images = if by_image { images.detach().set_requires_grad(true) } else { images.shallow_clone() };
    let nothing = || Tensor::f_zeros([0], (network.kind(), network.device()));
    let (logits, found) = match network.graph().task() {
        Task::Classify { .. } => network.forward_with(&images, !evaluation, &parts)?,
        // A loss says at which inputs and times it is asked.
        Task::Denoise => (nothing()?, Vec::new()),
    };
    Ok(Seen {
        images,
        logits,
        features: parts.into_iter().zip(found).collect(),
        evaluation,
        place: (0, 0),
        known: RefCell::default(),
        labels: nothing()?,
        forget: nothing()?,
        drawn: Drawn::default(),
        divisor: Divisor::Weights,
    })
}
