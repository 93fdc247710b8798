//! What a network makes of samples, as they are measured.

use tch::{TchError, Tensor};

use crate::data::Images;
use crate::nn::Network;

/// Logits [n, classes] of some samples in evaluation mode, without augmentation and without a graph.
pub(crate) fn outputs(network: &Network<'_>, images: &Images, samples: &[i64]) -> Result<Tensor, TchError> {
    tch::no_grad(|| {
        let mut network = network.frozen();
        network.fold()?;
        let mut parts = Vec::new();
        for batch in samples.chunks(network.takes()) {
            let index = Tensor::from_slice(batch).f_to_device(images.device())?;
            parts.push(network.logits(&images.batch(&index, None)?)?);
        }
        if parts.is_empty() {
            return Tensor::f_zeros([0, network.classes() as i64], (tch::Kind::Float, images.device()));
        }
        Tensor::f_cat(&parts, 0)
    })
}
