//! The tensors of a layer: names, shapes, and the laws that fresh ones are drawn by.

use serde::{Deserialize, Serialize};

use super::{Layer, LayerNode};
use crate::LayerKind;

/// The law of a fresh tensor. Fans are PyTorch's: the sizes of a weight's second and first axis, times its kernel.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Init {
    /// 0
    Zeros,
    /// 1
    Ones,
    /// N(0, 2 / fan-in) (He et al. 2015).
    HeFanIn,
    /// N(0, 2 / fan-out).
    HeFanOut,
    /// Uniform in ±1/√fan-in: PyTorch's default.
    FanIn,
    /// Uniform in ±√(6 / (fan-in + fan-out)) (Glorot and Bengio 2010).
    Xavier,
    /// N(0, 1 / fan-in) (LeCun et al. 1998).
    Lecun,
    /// N(0, std²)
    Normal {
        /// Standard deviation.
        std: f64,
    },
    /// What the file has that the layer is from.
    Kept,
}

/// A tensor of a layer.
#[derive(Clone, Debug, PartialEq)]
pub struct TensorDecl {
    /// `layer1.0.conv1.weight`
    pub name: String,
    /// Its sizes.
    pub shape: Vec<i64>,
    /// How a fresh one is drawn.
    pub init: Init,
    /// Fan-in and fan-out of the layer's weight.
    pub fans: [f64; 2],
    /// Whether it is a running statistic: kept with the parameters, moved by no gradient.
    pub statistic: bool,
}

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
