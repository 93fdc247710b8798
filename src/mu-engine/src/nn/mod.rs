//! The layer-graph interpreter.

mod init;

use mu_step::{Layer, LayerGraph, LayerNode};
use tch::{TchError, Tensor};

use crate::artefact::Tensors;
use crate::draw::Draws;

pub(crate) use init::channels_last;

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

    /// The same layers with copies of the weights, which no gradient reaches.
    pub(crate) fn frozen(&self) -> Self {
        let tensors = self.tensors.iter().map(|(n, t)| (n.clone(), t.detach().copy())).collect();
        Self { graph: self.graph, tensors }
    }

    pub(crate) fn graph(&self) -> &'g LayerGraph {
        self.graph
    }

    pub(crate) fn device(&self) -> tch::Device {
        self.tensors.values().next().map_or(tch::Device::Cpu, Tensor::device)
    }

    /// The element type of weights and activations.
    pub(crate) fn kind(&self) -> tch::Kind {
        self.tensors.values().next().map_or(tch::Kind::Float, Tensor::kind)
    }

    /// A fresh initialisation of every tensor of a layer that the predicate names.
    pub(crate) fn reinit(&mut self, wanted: impl Fn(&str) -> bool, draws: Draws) -> Result<(), TchError> {
        let (device, kind) = (self.device(), self.kind());
        for node in self.graph.parametric() {
            let part_of = init::shapes(node).iter().any(|(name, _)| wanted(name));
            if part_of {
                for (name, tensor) in init::layer(node, draws, device)? {
                    self.tensors.insert(name, tensor.f_to_kind(kind)?);
                }
            }
        }
        Ok(())
    }

    /// The trainable tensors of a layer, by name.
    pub(crate) fn names(node: &LayerNode) -> impl Iterator<Item = String> {
        init::shapes(node).into_iter().map(|(name, _)| name).filter(|n| !n.contains(".running_"))
    }

    /// Adds an output unit to the last linear layer, drawn as a fresh layer's.
    pub(crate) fn add_class(&mut self, draws: Draws) -> Result<(), TchError> {
        let (device, kind) = (self.device(), self.kind());
        let Some(last) = self.last_linear() else { return Ok(()) };
        let Layer::Linear { inputs, .. } = last.layer else { return Ok(()) };
        let one = LayerNode { name: last.name.clone(), layer: Layer::Linear { inputs, outputs: 1 } };
        for (name, row) in init::layer(&one, draws, device)? {
            let whole = Tensor::f_cat(&[&self.tensors[&name], &row.f_to_kind(kind)?], 0)?;
            self.tensors.insert(name, whole.detach());
        }
        Ok(())
    }

    /// Takes the added unit away again.
    pub(crate) fn drop_class(&mut self) -> Result<(), TchError> {
        let Some(last) = self.last_linear() else { return Ok(()) };
        for (name, shape) in init::shapes(last) {
            let kept = self.tensors[&name].f_narrow(0, 0, shape[0])?.f_contiguous()?;
            self.tensors.insert(name, kept.detach());
        }
        Ok(())
    }

    fn last_linear(&self) -> Option<&'g LayerNode> {
        self.graph.parametric().into_iter().rev().find(|n| matches!(n.layer, Layer::Linear { .. }))
    }

    /// Logits [b, classes] of images [b, c, h, w].
    pub(crate) fn forward(&self, images: &Tensor, training: bool) -> Result<Tensor, TchError> {
        self.chain(&self.graph.nodes, images, training)
    }

    /// What the last linear layer sees of images: [b, features], in evaluation mode.
    pub(crate) fn features(&self, images: &Tensor) -> Result<Tensor, TchError> {
        let last = self.graph.nodes.iter().rposition(|n| matches!(n.layer, Layer::Linear { .. }));
        let nodes = &self.graph.nodes[..last.unwrap_or(self.graph.nodes.len())];
        self.chain(nodes, images, false)?.f_flatten(1, -1)
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
    /// Number of classes; an added unit is none.
    pub(crate) fn classes(&self) -> usize {
        match self.last_linear().map(|n| &n.layer) {
            Some(Layer::Linear { outputs, .. }) => *outputs as usize,
            _ => 1,
        }
    }
}
