//! The layer kernels: what each is, and what it makes of a shape.

use serde::{Deserialize, Serialize};

use super::decl::Init;
use super::script::Script;
use super::shape::Shape;

/// A function of each number alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the functions' own names")]
pub enum Function {
    Relu,
    LeakyRelu,
    Gelu,
    Silu,
    Tanh,
    Sigmoid,
}

/// What is done with numbers of each channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Featurewise {
    /// x + a
    Shift,
    /// x · (1 + a) + b, the numbers being all a and then all b (Perez et al. 2018, "FiLM").
    Modulate,
    /// x · a
    Gate,
}

impl Featurewise {
    /// Numbers of each channel.
    pub(super) fn numbers(self) -> i64 {
        match self {
            Featurewise::Shift | Featurewise::Gate => 1,
            Featurewise::Modulate => 2,
        }
    }
}

/// A layer and the name under which its parameters are kept (torchvision's, where it has one).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerNode {
    /// `layer1.0.conv1`; empty for layers without parameters.
    pub name: String,
    /// The layer.
    pub layer: Layer,
}

/// The layer kernels. Shapes are per sample.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "layer", rename_all = "snake_case")]
pub enum Layer {
    /// 2-D convolution, square kernel: [in, h, w] → [out, h', w'].
    Conv {
        /// Input channels.
        inputs: i64,
        /// Output channels.
        outputs: i64,
        /// Side of the kernel, px.
        kernel: i64,
        /// Step, px.
        stride: i64,
        /// Zero padding on each side, px.
        padding: i64,
        /// Groups of channels that do not see each other.
        groups: i64,
        /// The law of the weight.
        weight: Init,
        /// The law of the bias, where there is one.
        bias: Option<Init>,
    },
    /// Batch normalisation over channels (momentum 0.1, eps 1e-5).
    BatchNorm {
        /// Channels.
        channels: i64,
    },
    /// Normalisation of each row of features.
    LayerNorm {
        /// Features.
        features: i64,
        /// Added to the variance.
        eps: f64,
        /// Whether a learned factor and summand follow.
        #[serde(default = "yes", skip_serializing_if = "is_yes")]
        affine: bool,
    },
    /// Normalisation over groups of channels.
    GroupNorm {
        /// Groups.
        groups: i64,
        /// Channels.
        channels: i64,
        /// Added to the variance.
        #[serde(default = "usual_eps", skip_serializing_if = "is_usual_eps")]
        eps: f64,
    },
    /// A function of each number.
    Activation {
        /// Which.
        function: Function,
    },
    /// Maximum over windows.
    MaxPool {
        /// Side of the window, px.
        kernel: i64,
        /// Step, px.
        stride: i64,
        /// Padding on each side, px.
        padding: i64,
    },
    /// Mean over windows; padding counts as zeros.
    AveragePool {
        /// Side of the window, px.
        kernel: i64,
        /// Step, px.
        stride: i64,
        /// Padding on each side, px.
        padding: i64,
    },
    /// Mean over windows whose size follows from the side that is wanted.
    AdaptiveAveragePool {
        /// Side of what comes out, px.
        side: i64,
    },
    /// The mean over all places: [c, h, w], [h, w, c] or [n, c] → [c].
    GlobalAveragePool {
        /// Whether it is an image, whose channels come first.
        image: bool,
    },
    /// Everything in one row.
    Flatten,
    /// Rows of `inputs` → rows of `outputs`.
    Linear {
        /// Input features.
        inputs: i64,
        /// Output features.
        outputs: i64,
        /// The law of the weight.
        weight: Init,
        /// The law of the bias, where there is one.
        bias: Option<Init>,
    },
    /// In training, numbers are zero with probability `share` and the others divided by 1 − share.
    Dropout {
        /// Probability.
        share: f64,
        /// Whether a sample is dropped as a whole (stochastic depth; Huang et al. 2016).
        whole: bool,
    },
    /// Option A of He et al. 2016: every `stride`-th pixel, new channels filled with zeros on both sides.
    PadShortcut {
        /// Step, px.
        stride: i64,
        /// Channels added before the first.
        before: i64,
        /// Channels added after the last.
        after: i64,
    },
    /// body(x) + shortcut(x); an empty shortcut is the identity.
    Residual {
        /// The transforming branch.
        body: Vec<LayerNode>,
        /// The other branch.
        shortcut: Vec<LayerNode>,
    },
    /// The channels, or features, of all parts in a row.
    Concat {
        /// Each is given the same input; an empty one is the identity.
        parts: Vec<Vec<LayerNode>>,
        /// Whether they are images, whose channels come first.
        image: bool,
    },
    /// [c, h, w] → [h·w, c]
    ToTokens,
    /// [c, h, w] → [h, w, c]; tokens of a square, row by row → [h, w, d].
    ToGrid,
    /// [h, w, c] → [c, h, w]; tokens of a square, or a row of numbers, channel by channel → the image.
    ToImage {
        /// Channels of the image that a row of numbers is made into.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        channels: Option<i64>,
    },
    /// [c, h, w] → [h/side, w/side, c·side²]: each patch as a row, by channel, row, column.
    Patches {
        /// Side of a patch, px.
        side: i64,
    },
    /// [h, w, c·side²] → [c, h·side, w·side]: the image of such patches.
    Unpatch {
        /// Side of a patch, px.
        side: i64,
    },
    /// [h, w, c] → [h/2, w/2, 4c]: four neighbours as a row, by column, row, channel (torchvision's patch merging).
    MergePatches,
    /// A learned token in front of the others.
    ClassToken {
        /// Features.
        features: i64,
    },
    /// A learned row added to each token.
    PositionEmbedding {
        /// Tokens.
        tokens: i64,
        /// Features.
        features: i64,
        /// Standard deviation of a fresh one.
        std: f64,
    },
    /// One token: [n, d] → [d].
    TakeToken {
        /// From 0.
        at: i64,
    },
    /// Scaled dot-product attention among all tokens: [n, 3·d] (queries, keys, values) → [n, d].
    Attention {
        /// Heads.
        heads: i64,
    },
    /// The same within windows of a grid, with a learned bias by relative position: [h, w, 3·d] → [h, w, d].
    WindowAttention {
        /// Heads.
        heads: i64,
        /// Side of a window.
        window: i64,
        /// By how much the grid is rolled before it is cut into windows; what did not touch before does not see each other.
        shift: i64,
        /// Whether all heads share one bias.
        shared: bool,
    },
    /// A module of TorchScript: anything → a row of features.
    Script(Script),
    /// Each pixel as `factor` × `factor` of them.
    Upsample {
        /// How often a pixel is repeated along each side.
        factor: i64,
    },
    /// Zeros around an image, px.
    #[allow(missing_docs, reason = "the sides' own names")]
    Pad { left: i64, top: i64, right: i64, bottom: i64 },
    /// The sample's time as sines, then cosines, of time · scale · base^(−i / (n − 1)), i below n = features / 2 (Vaswani et al. 2017;
    /// Ho et al. 2020).
    TimeEmbedding {
        /// Features.
        features: i64,
        /// What the time is multiplied by.
        scale: f64,
        /// Longest period over the shortest.
        base: f64,
    },
    /// The row of a learned table that is the sample's condition; the last one stands for no condition.
    LabelEmbedding {
        /// Conditions.
        conditions: i64,
        /// Features.
        features: i64,
        /// The name of the last row, where it is a tensor by itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        apart: Option<String>,
    },
    /// Its input; what the chain makes of that can be had again further on.
    Remember {
        /// What it is called.
        name: String,
        /// The chain; an empty one is the identity.
        of: Vec<LayerNode>,
    },
    /// What was remembered.
    Recall {
        /// What it is called.
        name: String,
        /// Its shape.
        shape: Shape,
    },
    /// Numbers of each channel, or feature, that a chain makes of the input, added to it or multiplied with it.
    Featurewise {
        /// What is done with them.
        how: Featurewise,
        /// The chain that makes them.
        of: Vec<LayerNode>,
        /// Whether the input is an image, whose channels come first.
        image: bool,
    },
}

fn yes() -> bool {
    true
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_yes(flag: &bool) -> bool {
    *flag
}

/// PyTorch's default.
const USUAL_EPS: f64 = 1e-5;

fn usual_eps() -> f64 {
    USUAL_EPS
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_usual_eps(eps: &f64) -> bool {
    *eps == USUAL_EPS
}

impl Layer {
    /// Its word in the language.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Layer::Conv { .. } => "conv",
            Layer::BatchNorm { .. } => "bn",
            Layer::LayerNorm { .. } => "layer_norm",
            Layer::GroupNorm { .. } => "group_norm",
            Layer::Activation { function } => match function {
                Function::Relu => "relu",
                Function::LeakyRelu => "leaky_relu",
                Function::Gelu => "gelu",
                Function::Silu => "silu",
                Function::Tanh => "tanh",
                Function::Sigmoid => "sigmoid",
            },
            Layer::MaxPool { .. } => "max_pool",
            Layer::AveragePool { .. } => "average_pool",
            Layer::AdaptiveAveragePool { .. } => "adaptive_average_pool",
            Layer::GlobalAveragePool { .. } => "global_average_pool",
            Layer::Flatten => "flatten",
            Layer::Linear { .. } => "linear",
            Layer::Dropout { whole: false, .. } => "dropout",
            Layer::Dropout { whole: true, .. } => "drop_path",
            Layer::PadShortcut { .. } => "pad_shortcut",
            Layer::Residual { .. } => "residual",
            Layer::Concat { .. } => "concat",
            Layer::ToTokens => "to_tokens",
            Layer::ToGrid => "to_grid",
            Layer::ToImage { .. } => "to_image",
            Layer::Patches { .. } => "patches",
            Layer::MergePatches => "merge_patches",
            Layer::ClassToken { .. } => "class_token",
            Layer::PositionEmbedding { .. } => "position_embedding",
            Layer::TakeToken { .. } => "take_token",
            Layer::Attention { .. } => "attention",
            Layer::WindowAttention { .. } => "window_attention",
            Layer::Script(_) => "torchscript",
            Layer::Unpatch { .. } => "unpatch",
            Layer::Upsample { .. } => "upsample",
            Layer::Pad { .. } => "pad",
            Layer::TimeEmbedding { .. } => "time_embedding",
            Layer::LabelEmbedding { .. } => "label_embedding",
            Layer::Remember { .. } => "remember",
            Layer::Recall { .. } => "recall",
            Layer::Featurewise { how: Featurewise::Shift, .. } => "shift",
            Layer::Featurewise { how: Featurewise::Modulate, .. } => "modulate",
            Layer::Featurewise { how: Featurewise::Gate, .. } => "gate",
        }
    }

    /// Whether it has tensors of its own.
    #[must_use]
    pub fn is_parametric(&self) -> bool {
        matches!(self, Layer::Script(_)) || !self.tensors(&str::to_owned).is_empty()
    }

    /// Whether what it makes is its input, or something else that is there already, seen another way.
    pub(super) fn is_seen(&self) -> bool {
        matches!(
            self,
            Layer::Flatten
                | Layer::ToGrid
                | Layer::ToImage { .. }
                | Layer::ToTokens
                | Layer::Remember { .. }
                | Layer::Recall { .. }
        )
    }

    /// Whether it reads what a sample is given besides its image: a time or a condition.
    #[must_use]
    pub fn reads_given(&self) -> bool {
        matches!(self, Layer::TimeEmbedding { .. } | Layer::LabelEmbedding { .. })
    }

    /// Whether it takes a number for a name where it has no label: a module's tensors have names of their own.
    #[must_use]
    pub fn is_numbered(&self) -> bool {
        self.is_parametric() && !matches!(self, Layer::Script(_))
    }

    /// The chains within it.
    #[must_use]
    pub fn branches(&self) -> Vec<&[LayerNode]> {
        match self {
            Layer::Residual { body, shortcut } => vec![body, shortcut],
            Layer::Remember { of: one, .. } | Layer::Featurewise { of: one, .. } => vec![one],
            Layer::Concat { parts, .. } => parts.iter().map(Vec::as_slice).collect(),
            Layer::Conv { .. }
            | Layer::Linear { .. }
            | Layer::BatchNorm { .. }
            | Layer::LayerNorm { .. }
            | Layer::GroupNorm { .. }
            | Layer::ClassToken { .. }
            | Layer::PositionEmbedding { .. }
            | Layer::WindowAttention { .. }
            | Layer::Script(_)
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
            | Layer::LabelEmbedding { .. }
            | Layer::Recall { .. }
            | Layer::Attention { .. } => Vec::new(),
        }
    }

    /// The same, to be changed.
    pub(super) fn branches_mut(&mut self) -> Vec<&mut [LayerNode]> {
        match self {
            Layer::Residual { body, shortcut } => vec![body, shortcut],
            Layer::Remember { of: one, .. } | Layer::Featurewise { of: one, .. } => vec![one],
            Layer::Concat { parts, .. } => parts.iter_mut().map(Vec::as_mut_slice).collect(),
            Layer::Conv { .. }
            | Layer::Linear { .. }
            | Layer::BatchNorm { .. }
            | Layer::LayerNorm { .. }
            | Layer::GroupNorm { .. }
            | Layer::ClassToken { .. }
            | Layer::PositionEmbedding { .. }
            | Layer::WindowAttention { .. }
            | Layer::Script(_)
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
            | Layer::LabelEmbedding { .. }
            | Layer::Recall { .. }
            | Layer::Attention { .. } => Vec::new(),
        }
    }

    /// Pairs of numbers that are multiplied and added, of what it gives.
    pub(super) fn products(&self, output: Shape) -> f64 {
        let product = |factors: &[i64]| factors.iter().map(|f| *f as f64).product::<f64>();
        match self {
            Layer::Conv { inputs, kernel, groups, .. } => {
                product(&[inputs / groups, *kernel, *kernel, output.size()])
            }
            Layer::Linear { inputs, .. } => product(&[*inputs, output.size()]),
            Layer::Attention { .. } => output.tokens().map_or(0.0, |[n, d]| product(&[2, n, n, d])),
            Layer::WindowAttention { window, .. } => {
                output.grid().map_or(0.0, |[h, w, d]| product(&[2, h, w, *window, *window, d]))
            }
            // What these have within is counted by itself, of a module nothing is known, and the rest multiplies too little to count.
            Layer::Residual { .. }
            | Layer::Concat { .. }
            | Layer::Script(_)
            | Layer::BatchNorm { .. }
            | Layer::LayerNorm { .. }
            | Layer::GroupNorm { .. }
            | Layer::ClassToken { .. }
            | Layer::PositionEmbedding { .. }
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
            | Layer::Remember { .. }
            | Layer::Featurewise { .. }
            | Layer::Unpatch { .. }
            | Layer::Upsample { .. }
            | Layer::Pad { .. }
            | Layer::TimeEmbedding { .. }
            | Layer::LabelEmbedding { .. }
            | Layer::Recall { .. } => 0.0,
        }
    }
}
