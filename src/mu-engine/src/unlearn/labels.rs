//! The laws by which labels are given.

use mu_step::Labels;
use tch::{Kind, TchError, Tensor};

use super::batch::{Pixels, Seen};
use super::teachers::Teachers;
use crate::nn::Network;

/// The labels [b] that a law gives a batch.
pub(super) fn targets(
    law: Labels,
    seen: &Seen,
    network: &Network<'_>,
    teachers: &Teachers<'_>,
    pixels: &Pixels,
) -> Result<Tensor, TchError> {
    let own = || seen.labels.shallow_clone();
    Ok(match law {
        Labels::True | Labels::Uniform => own(),
        Labels::Random => seen.drawn.random.as_ref().map_or_else(own, Tensor::shallow_clone),
        Labels::Other => seen.drawn.other.as_ref().map_or_else(own, Tensor::shallow_clone),
        Labels::NewClass => seen.labels.f_full_like(network.classes() as i64)?,
        Labels::NearestOther => tch::no_grad(|| {
            let logits = teachers.original()?.forward(&seen.images, false)?;
            let own = seen.labels.f_unsqueeze(1)?;
            logits.f_scatter_value(1, &own, f64::NEG_INFINITY)?.f_argmax(1, false)
        })?,
        Labels::Boundary { epsilon } => {
            let original = teachers.original()?;
            let x = seen.images.detach().copy().set_requires_grad(true);
            let log_p = original.forward(&x, false)?.f_log_softmax(-1, x.kind())?;
            let own = seen.labels.f_unsqueeze(1)?;
            let loss = log_p.f_gather(1, &own, false)?.f_sum(x.kind())?.f_neg()?;
            let gradient = Tensor::f_run_backward(&[&loss], &[&x], false, false)?.remove(0);
            tch::no_grad(|| {
                // ε is a share of the pixels' range.
                let step = pixels.inverse_std.f_mul_scalar(255.0 * epsilon)?.f_mul(&gradient.f_sign()?)?;
                let [least, most] = &pixels.bounds;
                let moved = x.detach().f_add(&step)?.f_maximum(least)?.f_minimum(most)?;
                original.forward(&moved, false)?.f_argmax(1, false)
            })?
        }
    })
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
