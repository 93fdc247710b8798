//! The layer-graph interpreter.

mod init;

use mu_step::{Layer, LayerGraph, LayerNode, ParameterSet};
use tch::{TchError, Tensor};

use crate::artefact::Tensors;
use crate::draw::Draws;

/// Running statistics move by this share; PyTorch's defaults.
const BN_MOMENTUM: f64 = 0.1;
const BN_EPS: f64 = 1e-5;

/// A network: its layers, and its parameters and running statistics by torchvision's names.
pub(crate) struct Network<'g> {
    graph: &'g LayerGraph,
    pub(crate) tensors: Tensors,
}

impl<'g> Network<'g> {
    /// A fresh initialisation.
    pub(crate) fn fresh(graph: &'g LayerGraph, draws: Draws, device: tch::Device) -> Result<Self, TchError> {
        let mut tensors = Tensors::new();
        for node in graph.parametric() {
            tensors.extend(init::layer(node, draws, device)?);
        }
        Ok(Self { graph, tensors })
    }

    /// With given weights; the name of the first tensor that does not fit, where one does not.
    pub(crate) fn with(graph: &'g LayerGraph, weights: &Tensors) -> Result<Self, String> {
        let mut tensors = Tensors::new();
        for node in graph.parametric() {
            for (name, shape) in init::shapes(node) {
                let tensor = weights.get(&name).filter(|t| t.size() == shape).ok_or(&name)?;
                let own = init::channels_last(tensor.detach().copy()).map_err(|_| name.clone())?;
                tensors.insert(name, own);
            }
        }
        Ok(Self { graph, tensors })
    }

    /// Draws some layers anew.
    pub(crate) fn reinit(&mut self, set: ParameterSet, draws: Draws) -> Result<(), TchError> {
        let device = self.tensors.values().next().map_or(tch::Device::Cpu, Tensor::device);
        for node in self.layers(set) {
            self.tensors.extend(init::layer(node, draws, device)?);
        }
        Ok(())
    }

    /// The layers of a parameter set.
    fn layers(&self, set: ParameterSet) -> Vec<&'g LayerNode> {
        let all = self.graph.parametric();
        let heavy = |n: &&LayerNode| matches!(n.layer, Layer::Conv { .. } | Layer::Linear { .. });
        let places: Vec<usize> = all.iter().enumerate().filter(|(_, n)| heavy(n)).map(|(i, _)| i).collect();
        match set {
            ParameterSet::All => all,
            ParameterSet::Last { layers } => {
                let from = places.len().saturating_sub(layers);
                all[places.get(from).copied().unwrap_or(all.len())..].to_vec()
            }
            ParameterSet::First { layers } => {
                let to = places.get(layers).copied().unwrap_or(all.len());
                all[..to].to_vec()
            }
        }
    }

    /// The trainable parameters of a set, in order of computation.
    pub(crate) fn parameters(&self, set: ParameterSet) -> Vec<Tensor> {
        let names = self.layers(set).into_iter().flat_map(init::shapes).map(|(name, _)| name);
        names.filter(|n| !n.contains(".running_")).map(|n| self.tensors[&n].shallow_clone()).collect()
    }

    /// Logits [b, classes] of images [b, c, h, w].
    pub(crate) fn forward(&self, images: &Tensor, training: bool) -> Result<Tensor, TchError> {
        self.chain(&self.graph.nodes, images, training)
    }

    fn chain(&self, nodes: &[LayerNode], input: &Tensor, training: bool) -> Result<Tensor, TchError> {
        nodes.iter().try_fold(input.shallow_clone(), |x, node| self.layer(node, &x, training))
    }

    fn layer(&self, node: &LayerNode, x: &Tensor, training: bool) -> Result<Tensor, TchError> {
        let tensor = |part: &str| &self.tensors[&format!("{}.{part}", node.name)];
        match &node.layer {
            Layer::Conv { stride, padding, bias, .. } => {
                let bias = bias.then(|| tensor("bias"));
                x.f_conv2d(tensor("weight"), bias, [*stride, *stride], [*padding, *padding], [1, 1], 1)
            }
            Layer::BatchNorm { .. } => x.f_batch_norm(
                Some(tensor("weight")),
                Some(tensor("bias")),
                Some(tensor("running_mean")),
                Some(tensor("running_var")),
                training,
                BN_MOMENTUM,
                BN_EPS,
                true,
            ),
            Layer::Relu => x.f_relu(),
            Layer::MaxPool { kernel } => {
                x.f_max_pool2d([*kernel, *kernel], [*kernel, *kernel], [0, 0], [1, 1], false)
            }
            Layer::GlobalAveragePool => x.f_mean_dim([2i64, 3].as_slice(), false, None),
            Layer::Flatten => x.f_flatten(1, -1),
            Layer::Linear { .. } => x.f_linear(tensor("weight"), Some(tensor("bias"))),
            Layer::PadShortcut { stride, before, after } => {
                let x = x.f_slice(2, None, None, *stride)?.f_slice(3, None, None, *stride)?;
                x.f_constant_pad_nd([0, 0, 0, 0, *before, *after])
            }
            Layer::Residual { body, shortcut } => {
                self.chain(body, x, training)?.f_add(&self.chain(shortcut, x, training)?)
            }
        }
    }
}

impl Network<'_> {
    /// Number of outputs.
    pub(crate) fn classes(&self) -> usize {
        let last = self.graph.nodes.iter().rev().find_map(|n| match n.layer {
            Layer::Linear { outputs, .. } => Some(outputs as usize),
            _ => None,
        });
        last.unwrap_or(1)
    }
}
