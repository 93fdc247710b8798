//! The tensors of a layer: names, shapes, and the laws that fresh ones are drawn by.

use super::decl::{Init, TensorDecl};
use super::kernel::{Layer, LayerNode};
use crate::LayerKind;

/// A layer with tensors of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Its kind, where sets of parameters can speak of it.
    pub kind: Option<LayerKind>,
    /// Its tensors.
    pub tensors: Vec<TensorDecl>,
}

impl LayerNode {
    /// Itself; of a TorchScript module, the layers in it.
    #[must_use]
    pub fn parts(&self) -> Vec<Part> {
        if let Layer::Script(script) = &self.layer {
            let layers = script.layers(&|name| self.tensor_name(name));
            return layers.into_iter().map(|(kind, tensors)| Part { kind, tensors }).collect();
        }
        vec![Part { kind: self.layer.kind(), tensors: self.tensors() }]
    }

    /// What a tensor of it is called: a label that ends in `_` touches what follows (`in_proj_weight`), and a layer of one
    /// tensor is called as its label.
    #[must_use]
    pub fn tensor_name(&self, part: &str) -> String {
        if part.is_empty() || self.name.is_empty() || self.name.ends_with('_') {
            format!("{}{part}", self.name)
        } else {
            format!("{}.{part}", self.name)
        }
    }

    /// Its tensors, in the order in which PyTorch keeps them.
    #[must_use]
    pub fn tensors(&self) -> Vec<TensorDecl> {
        self.layer.tensors(&|part| self.tensor_name(part))
    }
}

impl Layer {
    /// What sets of parameters call it, where they can speak of it.
    fn kind(&self) -> Option<LayerKind> {
        match self {
            Layer::Conv { .. } => Some(LayerKind::Conv),
            Layer::Linear { .. } => Some(LayerKind::Linear),
            Layer::BatchNorm { .. } | Layer::LayerNorm { .. } | Layer::GroupNorm { .. } => {
                Some(LayerKind::Norm)
            }
            Layer::ClassToken { .. }
            | Layer::PositionEmbedding { .. }
            | Layer::WindowAttention { .. }
            | Layer::Script(_)
            | Layer::Residual { .. }
            | Layer::Concat { .. }
            | Layer::Activation { .. }
            | Layer::MaxPool { .. }
            | Layer::AveragePool { .. }
            | Layer::AdaptiveAveragePool { .. }
            | Layer::GlobalAveragePool { .. }
            | Layer::Flatten
            | Layer::Dropout { .. }
            | Layer::PadShortcut { .. }
            | Layer::ToTokens
            | Layer::ToGrid
            | Layer::ToImage { .. }
            | Layer::Patches { .. }
            | Layer::MergePatches
            | Layer::TakeToken { .. }
            | Layer::LabelEmbedding { .. }
            | Layer::Unpatch { .. }
            | Layer::Upsample { .. }
            | Layer::Pad { .. }
            | Layer::TimeEmbedding { .. }
            | Layer::Recall { .. }
            | Layer::Remember { .. }
            | Layer::Featurewise { .. }
            | Layer::Attention { .. } => None,
        }
    }

    /// Its tensors by what they are called.
    pub(super) fn tensors(&self, named: &dyn Fn(&str) -> String) -> Vec<TensorDecl> {
        let decl = |part: &str, shape: Vec<i64>, init: Init, fans: [i64; 2]| TensorDecl {
            name: named(part),
            shape,
            init,
            fans: fans.map(|f| f as f64),
            statistic: part.starts_with("running_"),
        };
        match self {
            Layer::Conv { inputs, outputs, kernel, groups, weight, bias, .. } => {
                let shape = vec![*outputs, inputs / groups, *kernel, *kernel];
                let fans = [shape[1] * kernel * kernel, outputs * kernel * kernel];
                let mut all = vec![decl("weight", shape, *weight, fans)];
                all.extend(bias.map(|law| decl("bias", vec![*outputs], law, fans)));
                all
            }
            Layer::Linear { inputs, outputs, weight, bias } => {
                let fans = [*inputs, *outputs];
                let mut all = vec![decl("weight", vec![*outputs, *inputs], *weight, fans)];
                all.extend(bias.map(|law| decl("bias", vec![*outputs], law, fans)));
                all
            }
            Layer::BatchNorm { channels } => [
                ("weight", Init::Ones),
                ("bias", Init::Zeros),
                ("running_mean", Init::Zeros),
                ("running_var", Init::Ones),
            ]
            .map(|(part, law)| decl(part, vec![*channels], law, [1, 1]))
            .into(),
            Layer::LayerNorm { affine: false, .. } => Vec::new(),
            Layer::LayerNorm { features, .. } | Layer::GroupNorm { channels: features, .. } => {
                [("weight", Init::Ones), ("bias", Init::Zeros)]
                    .map(|(part, law)| decl(part, vec![*features], law, [1, 1]))
                    .into()
            }
            Layer::ClassToken { features } => vec![decl("", vec![1, 1, *features], Init::Zeros, [1, 1])],
            Layer::PositionEmbedding { tokens, features, std } => {
                vec![decl("", vec![1, *tokens, *features], Init::Normal { std: *std }, [1, 1])]
            }
            Layer::WindowAttention { heads, window, shared, .. } => {
                let side = 2 * window - 1;
                if *shared {
                    vec![decl("", vec![side, side], Init::Normal { std: 1.0 }, [1, 1])]
                } else {
                    vec![decl("", vec![side * side, *heads], Init::Normal { std: 0.02 }, [1, 1])]
                }
            }
            Layer::LabelEmbedding { conditions, features, apart } => {
                // PyTorch's `Embedding`.
                let law = Init::Normal { std: 1.0 };
                let rows = if apart.is_some() { *conditions } else { conditions + 1 };
                let mut all = vec![decl("weight", vec![rows, *features], law, [1, 1])];
                let last = |name: &String| TensorDecl {
                    name: name.clone(),
                    ..decl("", vec![*features], law, [1, 1])
                };
                all.extend(apart.iter().map(last));
                all
            }
            Layer::Script(script) => {
                script.layers(named).into_iter().flat_map(|(_, tensors)| tensors).collect()
            }
            Layer::Residual { .. }
            | Layer::Concat { .. }
            | Layer::Activation { .. }
            | Layer::MaxPool { .. }
            | Layer::AveragePool { .. }
            | Layer::AdaptiveAveragePool { .. }
            | Layer::GlobalAveragePool { .. }
            | Layer::Flatten
            | Layer::Dropout { .. }
            | Layer::PadShortcut { .. }
            | Layer::ToTokens
            | Layer::ToGrid
            | Layer::ToImage { .. }
            | Layer::Patches { .. }
            | Layer::MergePatches
            | Layer::TakeToken { .. }
            | Layer::Unpatch { .. }
            | Layer::Upsample { .. }
            | Layer::Pad { .. }
            | Layer::TimeEmbedding { .. }
            | Layer::Recall { .. }
            | Layer::Remember { .. }
            | Layer::Featurewise { .. }
            | Layer::Attention { .. } => Vec::new(),
        }
    }
}
