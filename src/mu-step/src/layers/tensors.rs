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
        let kind = match self.layer {
            Layer::Conv { .. } => Some(LayerKind::Conv),
            Layer::Linear { .. } => Some(LayerKind::Linear),
            Layer::BatchNorm { .. } | Layer::LayerNorm { .. } | Layer::GroupNorm { .. } => {
                Some(LayerKind::Norm)
            }
            _ => None,
        };
        vec![Part { kind, tensors: self.tensors() }]
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
        let decl = |part: &str, shape: Vec<i64>, init: Init, fans: [i64; 2]| TensorDecl {
            name: self.tensor_name(part),
            shape,
            init,
            fans: fans.map(|f| f as f64),
            statistic: part.starts_with("running_"),
        };
        match &self.layer {
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
            Layer::Script(_) => self.parts().into_iter().flat_map(|part| part.tensors).collect(),
            _ => Vec::new(),
        }
    }
}
