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
    },
    /// Normalisation over groups of channels (eps 1e-5).
    GroupNorm {
        /// Groups.
        groups: i64,
        /// Channels.
        channels: i64,
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
    /// [c, h, w] → [h, w, c]
    ToGrid,
    /// [h, w, c] → [c, h, w]
    ToImage,
    /// [c, h, w] → [h/side, w/side, c·side²]: each patch as a row, by channel, row, column.
    Patches {
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
            Layer::ToImage => "to_image",
            Layer::Patches { .. } => "patches",
            Layer::MergePatches => "merge_patches",
            Layer::ClassToken { .. } => "class_token",
            Layer::PositionEmbedding { .. } => "position_embedding",
            Layer::TakeToken { .. } => "take_token",
            Layer::Attention { .. } => "attention",
            Layer::WindowAttention { .. } => "window_attention",
            Layer::Script(_) => "torchscript",
        }
    }

    /// Whether it has tensors of its own.
    #[must_use]
    pub fn is_parametric(&self) -> bool {
        matches!(self, Layer::Script(_)) || !self.tensors(&str::to_owned).is_empty()
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
            | Layer::ToImage
            | Layer::Patches { .. }
            | Layer::MergePatches
            | Layer::TakeToken { .. }
            | Layer::Attention { .. } => Vec::new(),
        }
    }

    /// The same, to be changed.
    pub(super) fn branches_mut(&mut self) -> Vec<&mut [LayerNode]> {
        match self {
            Layer::Residual { body, shortcut } => vec![body, shortcut],
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
            | Layer::ToImage
            | Layer::Patches { .. }
            | Layer::MergePatches
            | Layer::TakeToken { .. }
            | Layer::Attention { .. } => Vec::new(),
        }
    }

    /// What it makes of a shape.
    ///
    /// # Errors
    /// In words, where the shape does not fit.
    pub fn output(&self, input: Shape) -> Result<Shape, String> {
        let word = self.word();
        let misfit = |what: &str| format!("`{word}` needs {what}, what comes before gives {input}");
        let needs = |what: &str| Err::<Shape, String>(misfit(what));
        let image = input.image().ok_or_else(|| misfit("an image"));
        let grid = input.grid().ok_or_else(|| misfit("a grid"));
        let tokens = input.tokens().ok_or_else(|| misfit("tokens"));
        let rows = input.rows().ok_or_else(|| misfit(Shape::ROWS));
        let fits = |have: i64, wants: i64, what: &str| {
            if have == wants {
                Ok(())
            } else {
                Err(format!("`{word}` is made for {wants} {what}, what comes before gives {input}"))
            }
        };
        match self {
            Layer::Conv { inputs, outputs, kernel, stride, padding, groups, .. } => {
                let [c, h, w] = image?;
                fits(c, *inputs, "channels")?;
                if c % groups != 0 || outputs % groups != 0 {
                    return Err(format!("{groups} groups divide neither {c} nor {outputs} channels evenly"));
                }
                let [h, w] = windows([h, w], *kernel, *stride, *padding, "kernel")?;
                Ok(Shape::Image([*outputs, h, w]))
            }
            Layer::BatchNorm { channels } => match input {
                Shape::Image([c, ..]) | Shape::Features(c) => fits(c, *channels, "channels").map(|()| input),
                Shape::Grid(_) | Shape::Tokens(_) => needs("an image or a row of features"),
            },
            Layer::LayerNorm { features, .. } => fits(rows?.0, *features, "features").map(|()| input),
            Layer::GroupNorm { groups, channels } => {
                let [c, ..] = image?;
                fits(c, *channels, "channels")?;
                if c % groups != 0 {
                    return Err(format!("{groups} groups do not divide {c} channels evenly"));
                }
                Ok(input)
            }
            Layer::Activation { .. } | Layer::Dropout { .. } => Ok(input),
            // What it needs is known to nobody before it is run.
            Layer::Script(script) => Ok(Shape::Features(script.outputs)),
            Layer::MaxPool { kernel, stride, padding } | Layer::AveragePool { kernel, stride, padding } => {
                let [c, h, w] = image?;
                if 2 * padding > *kernel {
                    return Err(format!(
                        "a window of {kernel} px takes at most {} px of padding",
                        kernel / 2
                    ));
                }
                let [h, w] = windows([h, w], *kernel, *stride, *padding, "window")?;
                Ok(Shape::Image([c, h, w]))
            }
            Layer::AdaptiveAveragePool { side } => image.map(|[c, ..]| Shape::Image([c, *side, *side])),
            Layer::GlobalAveragePool { .. } => match input {
                Shape::Image([c, ..]) | Shape::Grid([.., c]) | Shape::Tokens([_, c]) => {
                    Ok(Shape::Features(c))
                }
                Shape::Features(_) => needs("an image"),
            },
            Layer::Flatten => Ok(Shape::Features(input.size())),
            Layer::Linear { inputs, outputs, .. } => {
                fits(rows?.0, *inputs, "features").map(|()| input.with_rows(*outputs))
            }
            Layer::PadShortcut { stride, before, after } => {
                let [c, h, w] = image?;
                let side = |n: i64| (n - 1) / stride + 1;
                Ok(Shape::Image([c + before + after, side(h), side(w)]))
            }
            Layer::Residual { body, shortcut } => {
                let (one, other) = (chain(body, input)?, chain(shortcut, input)?);
                if one == other {
                    Ok(one)
                } else {
                    Err(format!("the body gives {one}, the shortcut {other}"))
                }
            }
            Layer::Concat { parts, .. } => {
                let shapes: Result<Vec<Shape>, String> = parts.iter().map(|p| chain(p, input)).collect();
                joined(&shapes?)
            }
            Layer::ToTokens => image.map(|[c, h, w]| Shape::Tokens([h * w, c])),
            Layer::ToGrid => image.map(|[c, h, w]| Shape::Grid([h, w, c])),
            Layer::ToImage => grid.map(|[h, w, c]| Shape::Image([c, h, w])),
            Layer::Patches { side } => {
                let [c, h, w] = image?;
                divides(*side, h, w, "patches")?;
                Ok(Shape::Grid([h / side, w / side, c * side * side]))
            }
            Layer::MergePatches => {
                let [h, w, c] = grid?;
                divides(2, h, w, "patches")?;
                Ok(Shape::Grid([h / 2, w / 2, 4 * c]))
            }
            Layer::ClassToken { features } => {
                let [n, d] = tokens?;
                fits(d, *features, "features").map(|()| Shape::Tokens([n + 1, d]))
            }
            Layer::PositionEmbedding { tokens: all, features, .. } => {
                let [n, d] = tokens?;
                fits(n, *all, "tokens")?;
                fits(d, *features, "features").map(|()| input)
            }
            Layer::TakeToken { at } => {
                let [n, d] = tokens?;
                if *at >= n {
                    return Err(format!("there are {n} tokens, numbered from 0: none has number {at}"));
                }
                Ok(Shape::Features(d))
            }
            Layer::Attention { heads } => {
                let [n, d] = tokens?;
                heads_of(d, *heads).map(|d| Shape::Tokens([n, d]))
            }
            Layer::WindowAttention { heads, window, .. } => {
                let [h, w, d] = grid?;
                divides(*window, h, w, "windows")?;
                heads_of(d, *heads).map(|d| Shape::Grid([h, w, d]))
            }
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
            | Layer::ToImage
            | Layer::Patches { .. }
            | Layer::MergePatches
            | Layer::TakeToken { .. } => 0.0,
        }
    }
}

/// What a chain makes of a shape.
pub(super) fn chain(nodes: &[LayerNode], input: Shape) -> Result<Shape, String> {
    nodes.iter().try_fold(input, |shape, node| node.layer.output(shape))
}

fn windows([h, w]: [i64; 2], kernel: i64, stride: i64, padding: i64, what: &str) -> Result<[i64; 2], String> {
    if h + 2 * padding < kernel || w + 2 * padding < kernel {
        return Err(format!("a {what} of {kernel} px does not fit into {h} × {w} px"));
    }
    Ok([h, w].map(|side| (side + 2 * padding - kernel) / stride + 1))
}

fn divides(side: i64, h: i64, w: i64, what: &str) -> Result<(), String> {
    if h % side == 0 && w % side == 0 {
        Ok(())
    } else {
        Err(format!("{what} of {side} × {side} do not divide {h} × {w} evenly"))
    }
}

/// Queries, keys and values in one row → the length of one of them.
fn heads_of(features: i64, heads: i64) -> Result<i64, String> {
    if features % (3 * heads) == 0 {
        Ok(features / 3)
    } else {
        Err(format!(
            "{heads} heads need queries, keys and values of equal length: {features} features are no multiple of {}",
            3 * heads
        ))
    }
}

/// Parts beside each other.
fn joined(shapes: &[Shape]) -> Result<Shape, String> {
    let differ =
        |a: Shape, b: Shape| Err(format!("parts that give {a} and {b} cannot be put beside each other"));
    let mut sum = *shapes.first().ok_or("`concat` needs a part")?;
    for &next in &shapes[1..] {
        sum = match (sum, next) {
            (Shape::Image([a, h, w]), Shape::Image([b, h2, w2])) if (h, w) == (h2, w2) => {
                Shape::Image([a + b, h, w])
            }
            (Shape::Grid([h, w, a]), Shape::Grid([h2, w2, b])) if (h, w) == (h2, w2) => {
                Shape::Grid([h, w, a + b])
            }
            (Shape::Tokens([n, a]), Shape::Tokens([m, b])) if n == m => Shape::Tokens([n, a + b]),
            (Shape::Features(a), Shape::Features(b)) => Shape::Features(a + b),
            (a, b) => return differ(a, b),
        };
    }
    Ok(sum)
}
