//! Layers and the laws that their fresh tensors are drawn by.

use mu_step::{Featurewise, Function, Init, Layer, Script, Shape};

use super::argument::{At, Chain};
use super::word::{vocabulary, words};

/// A layer's word.
pub(crate) enum LayerWord {
    /// A kernel, for what comes before it; its own shape decides whether that fits.
    Kernel(Box<dyn Fn(Shape) -> Layer>),
    /// Its input.
    Identity,
    /// Other channels, without parameters.
    PadShortcut { channels: i64, stride: i64 },
    /// body(x) + shortcut(x)
    Residual { body: Chain, shortcut: Chain },
    /// The outputs of all parts beside each other.
    Concat { parts: Vec<Chain> },
    /// A row of a table for each condition, and one for none.
    LabelEmbedding { features: i64, apart: Option<String> },
    /// Its input, what the chain makes of it being remembered.
    Remember { name: At<String>, of: Chain },
    /// What was remembered.
    Recall { name: At<String> },
    /// Numbers of each channel, which the chain makes.
    Featurewise { how: Featurewise, of: Chain },
    /// The same layers several times in a row.
    Repeat { times: usize, body: Chain, prefix: String },
}

fn kernel(of: impl Fn(Shape) -> Layer + 'static) -> LayerWord {
    LayerWord::Kernel(Box::new(of))
}

fn same(layer: Layer) -> LayerWord {
    kernel(move |_| layer.clone())
}

fn activation(function: Function) -> LayerWord {
    same(Layer::Activation { function })
}

vocabulary! { Layer: LayerWord {
    "conv"(
        channels: i64,
        kernel: i64,
        stride: i64,
        padding: Option<i64>,
        bias: bool,
        groups: i64,
        weight: Init,
        bias_init: Init
    ) => {
        let (padding, bias) = (padding.unwrap_or(kernel / 2), bias.then_some(bias_init));
        self::kernel(move |shape| Layer::Conv {
            inputs: shape.channels(),
            outputs: channels,
            kernel,
            stride,
            padding,
            groups,
            weight,
            bias,
        })
    },
    "linear"(features: i64, bias: bool, weight: Init, bias_init: Init) => {
        let bias = bias.then_some(bias_init);
        kernel(move |shape| Layer::Linear { inputs: shape.features(), outputs: features, weight, bias })
    },
    "bn" => kernel(|shape| Layer::BatchNorm {
        channels: if let Shape::Features(f) = shape { f } else { shape.channels() },
    }),
    "layer_norm"(eps: f64, affine: bool) =>
        kernel(move |shape| Layer::LayerNorm { features: shape.features(), eps, affine }),
    "group_norm"(groups: i64, eps: f64) =>
        kernel(move |shape| Layer::GroupNorm { groups, channels: shape.channels(), eps }),
    "relu" => activation(Function::Relu),
    "leaky_relu" => activation(Function::LeakyRelu),
    "gelu" => activation(Function::Gelu),
    "silu" => activation(Function::Silu),
    "tanh" => activation(Function::Tanh),
    "sigmoid" => activation(Function::Sigmoid),
    "dropout"(p: f64) => same(Layer::Dropout { share: p, whole: false }),
    "drop_path"(p: f64) => same(Layer::Dropout { share: p, whole: true }),
    "max_pool"(kernel: i64, stride: Option<i64>, padding: i64) =>
        same(Layer::MaxPool { kernel, stride: stride.unwrap_or(kernel), padding }),
    "average_pool"(kernel: i64, stride: Option<i64>, padding: i64) =>
        same(Layer::AveragePool { kernel, stride: stride.unwrap_or(kernel), padding }),
    "adaptive_average_pool"(side: i64) => same(Layer::AdaptiveAveragePool { side }),
    "global_average_pool" =>
        kernel(|shape| Layer::GlobalAveragePool { image: matches!(shape, Shape::Image(_)) }),
    "flatten" => same(Layer::Flatten),
    "identity" => LayerWord::Identity,
    "pad_shortcut"(channels: i64, stride: i64) => LayerWord::PadShortcut { channels, stride },
    "residual"(body: Chain, shortcut: Chain) => LayerWord::Residual { body, shortcut },
    "concat"(parts: Vec<Chain>) => LayerWord::Concat { parts },
    "repeat"(times: usize, body: Chain, prefix: String) => LayerWord::Repeat { times, body, prefix },
    "to_tokens" => same(Layer::ToTokens),
    "to_grid" => same(Layer::ToGrid),
    "to_image"(channels: Option<i64>) => same(Layer::ToImage { channels }),
    "patches"(side: i64) => same(Layer::Patches { side }),
    "unpatch"(side: i64) => same(Layer::Unpatch { side }),
    "merge_patches" => same(Layer::MergePatches),
    "class_token" => kernel(|shape| Layer::ClassToken { features: shape.features() }),
    "position_embedding"(std: f64) => kernel(move |shape| Layer::PositionEmbedding {
        tokens: if let Shape::Tokens([n, _]) = shape { n } else { 0 },
        features: shape.features(),
        std,
    }),
    "take_token"(at: i64) => same(Layer::TakeToken { at }),
    "attention"(heads: i64) => same(Layer::Attention { heads }),
    "window_attention"(heads: i64, window: i64, shift: i64, always: bool, shared: bool) =>
        kernel(move |shape| {
            let one = matches!(shape, Shape::Grid([h, w, _]) if h <= window && w <= window);
            Layer::WindowAttention { heads, window, shift: if one && !always { 0 } else { shift }, shared }
        }),
    "upsample"(factor: i64) => same(Layer::Upsample { factor }),
    "pad"(left: i64, top: i64, right: i64, bottom: i64) => same(Layer::Pad { left, top, right, bottom }),
    "time_embedding"(features: i64, scale: f64, base: f64) =>
        same(Layer::TimeEmbedding { features, scale, base }),
    "label_embedding"(features: i64, apart: Option<String>) => LayerWord::LabelEmbedding { features, apart },
    "remember"(name: At<String>, of: Chain) => LayerWord::Remember { name, of },
    "recall"(name: At<String>) => LayerWord::Recall { name },
    "shift"(of: Chain) => LayerWord::Featurewise { how: Featurewise::Shift, of },
    "modulate"(of: Chain) => LayerWord::Featurewise { how: Featurewise::Modulate, of },
    "gate"(of: Chain) => LayerWord::Featurewise { how: Featurewise::Gate, of },
    "torchscript"(path: String, features: i64, keep: bool) =>
        same(Layer::Script(Script { path, outputs: features, keep, ..Script::default() })),
} }

vocabulary! { Init: Init {
    "he_normal"(fan: Fan) => match fan {
        Fan::Inputs => Init::HeFanIn,
        Fan::Outputs => Init::HeFanOut,
    },
    "lecun_normal" => Init::Lecun,
    "glorot_uniform" => Init::Xavier,
    "torch_default" => Init::FanIn,
    "normal"(std: f64) => Init::Normal { std },
    "zeros" => Init::Zeros,
} }

/// Whose number a variance is divided by.
enum Fan {
    Outputs,
    Inputs,
}

words! { Fan { Outputs = "outputs", Inputs = "inputs" } }
