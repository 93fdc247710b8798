//! Neighbouring layers that are computed as one: batch normalisation with the addition and the ReLU behind it in training, and
//! whole blocks of convolution, normalisation, addition and ReLU in evaluation, whose weights are folded once for many batches.
//! The same functions; the last bits differ, as sums are taken in another order.

use std::sync::Arc;

use mu_kernels::Sizes;
use mu_step::{Function, Layer, LayerNode};
use tch::{Kind, TchError, Tensor};

use super::block::{Block, Folded};
use super::forward::{BN_MOMENTUM, EPS};
use super::init::channels_last;
use super::network::Network;
use super::pass::Pass;
use super::precision::LARGE;

/// Whether ReLU comes next.
fn is_relu(node: Option<&LayerNode>) -> bool {
    matches!(node.map(|n| &n.layer), Some(Layer::Activation { function: Function::Relu }))
}

fn channels(node: &LayerNode) -> Option<i64> {
    match node.layer {
        Layer::BatchNorm { channels } => Some(channels),
        _ => None,
    }
}

impl Network<'_> {
    /// Folds the weights for evaluation without gradients; they must not change afterwards.
    pub(crate) fn fold(&mut self) -> Result<(), TchError> {
        let mut folded = Folded::new();
        if self.fast && self.graph.flops() >= LARGE {
            tch::no_grad(|| self.fold_nodes(&self.graph.nodes, &mut folded))?;
        }
        self.folded = folded;
        Ok(())
    }

    pub(super) fn fold_nodes(&self, nodes: &[LayerNode], folded: &mut Folded) -> Result<(), TchError> {
        for (at, node) in nodes.iter().enumerate() {
            match &node.layer {
                Layer::Conv { stride, padding, groups, bias, .. } => {
                    let sizes = Sizes { stride: *stride, padding: *padding, groups: *groups };
                    let norm = nodes.get(at + 1).filter(|next| channels(next).is_some());
                    let bias = bias.map(|_| self.tensor(node, "bias"));
                    let block = self.block(self.tensor(node, "weight"), bias, norm, sizes)?;
                    folded.insert(node.name.clone(), block);
                }
                layer => {
                    for branch in layer.branches() {
                        self.fold_nodes(branch, folded)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn block(
        &self,
        weight: &Tensor,
        bias: Option<&Tensor>,
        norm: Option<&LayerNode>,
        sizes: Sizes,
    ) -> Result<Block, TchError> {
        let outputs = weight.size()[0];
        let none = Tensor::f_zeros([outputs], (weight.kind(), weight.device()))?;
        let mut bias = bias.unwrap_or(&none).detach();
        let mut weight = weight.detach();
        if let Some(norm) = norm {
            let part = |name: &str| self.tensor(norm, name).detach();
            let scale = part("running_var").f_add_scalar(EPS)?.f_rsqrt()?.f_mul(&part("weight"))?;
            bias = bias.f_sub(&part("running_mean"))?.f_mul(&scale)?.f_add(&part("bias"))?;
            weight = channels_last(weight.f_mul(&scale.f_view([-1, 1, 1, 1])?)?)?;
        }
        let like = Tensor::f_zeros(
            [1, weight.size()[1] * sizes.groups, 1, 1],
            (self.computes_in(), weight.device()),
        )?;
        let winograd = mu_kernels::is_winograd(&like, &weight, sizes)?;
        let weight = if winograd { weight } else { weight.f_to_kind(like.kind())? };
        Ok(Block { weight, bias, sizes, winograd, packed: Arc::default() })
    }

    /// The first layers of a chain as one, where they can be: what they make, and how many they are.
    pub(super) fn fused(
        &self,
        nodes: &[LayerNode],
        x: &Tensor,
        pass: &Pass,
    ) -> Result<Option<(Tensor, usize)>, TchError> {
        // What a layer inside a fused block makes would not be seen.
        if !self.fast || x.dim() != 4 || !self.kept.borrow().is_empty() {
            return Ok(None);
        }
        let Some(first) = nodes.first() else { return Ok(None) };
        let relu = is_relu(nodes.get(1));
        if pass.training {
            return Ok(match &first.layer {
                Layer::BatchNorm { channels } if Self::normalises(*channels, x) => {
                    Some((self.normalised(first, x, None, relu)?, 1 + usize::from(relu)))
                }
                Layer::Residual { body, shortcut } => match body.split_last() {
                    Some((norm, before)) if channels(norm).is_some_and(|c| Self::normalises(c, x)) => {
                        let body = self.chain(before, x, pass)?;
                        let beside = self.chain(shortcut, x, pass)?;
                        Some((self.normalised(norm, &body, Some(&beside), relu)?, 1 + usize::from(relu)))
                    }
                    _ => None,
                },
                _ => None,
            });
        }
        if self.folded.is_empty() || x.requires_grad() {
            return Ok(None);
        }
        Ok(match &first.layer {
            Layer::Conv { .. } => match self.folded.get(&first.name) {
                Some(block) => {
                    let layers = 1 + usize::from(nodes.get(1).is_some_and(|n| channels(n).is_some()));
                    let relu = is_relu(nodes.get(layers));
                    Some((block.apply(x, None, relu)?, layers + usize::from(relu)))
                }
                None => None,
            },
            Layer::Residual { body, shortcut } => match self.last_block(body) {
                Some((block, before)) => {
                    let body = self.chain(before, x, pass)?;
                    let beside = self.chain(shortcut, x, pass)?;
                    Some((block.apply(&body, Some(&beside), relu)?, 1 + usize::from(relu)))
                }
                None => None,
            },
            _ => None,
        })
    }

    /// The convolution at the end of a body, with its normalisation, and what comes before it.
    fn last_block<'n>(&self, body: &'n [LayerNode]) -> Option<(&Block, &'n [LayerNode])> {
        let (before, end) = match body {
            [before @ .., conv, norm] if channels(norm).is_some() => (before, conv),
            [before @ .., conv] => (before, conv),
            [] => return None,
        };
        Some((self.folded.get(&end.name).filter(|_| matches!(end.layer, Layer::Conv { .. }))?, before))
    }

    fn normalises(channels: i64, x: &Tensor) -> bool {
        channels % 16 == 0 && matches!(x.kind(), Kind::Float | Kind::BFloat16)
    }

    fn normalised(
        &self,
        norm: &LayerNode,
        x: &Tensor,
        residual: Option<&Tensor>,
        relu: bool,
    ) -> Result<Tensor, TchError> {
        let tensors = ["weight", "bias", "running_mean", "running_var"].map(|part| self.tensor(norm, part));
        Ok(mu_kernels::normalisation(x, residual, tensors, [BN_MOMENTUM, EPS], relu)?)
    }
}
