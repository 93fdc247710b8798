//! A network as data: a chain of layers with every shape settled.

use serde::{Deserialize, Serialize};

/// A network over images of `input` = [channels, height, width].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerGraph {
    /// [channels, height, width]
    pub input: [i64; 3],
    /// Applied in order.
    pub nodes: Vec<LayerNode>,
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
        /// Whether a bias is added.
        bias: bool,
    },
    /// Batch normalisation over channels (momentum 0.1, eps 1e-5).
    BatchNorm {
        /// Channels.
        channels: i64,
    },
    /// max(x, 0)
    Relu,
    /// Maximum over `kernel` × `kernel` windows, step `kernel`.
    MaxPool {
        /// Side of the window, px.
        kernel: i64,
    },
    /// [c, h, w] → [c]
    GlobalAveragePool,
    /// [c, h, w] → [c·h·w]
    Flatten,
    /// [in] → [out]
    Linear {
        /// Input features.
        inputs: i64,
        /// Output features.
        outputs: i64,
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
}

impl LayerGraph {
    /// Multiplications and additions of one sample's forward pass, in convolutions and linear layers.
    #[must_use]
    pub fn flops(&self) -> f64 {
        fn chain(nodes: &[LayerNode], [mut h, mut w]: [i64; 2]) -> (f64, [i64; 2]) {
            let mut sum = 0.0;
            for node in nodes {
                match &node.layer {
                    Layer::Conv { inputs, outputs, kernel, stride, padding, .. } => {
                        let side = |s: i64| (s + 2 * padding - kernel) / stride + 1;
                        [h, w] = [side(h), side(w)];
                        sum += 2.0 * (inputs * outputs * kernel * kernel * h * w) as f64;
                    }
                    Layer::Linear { inputs, outputs } => sum += 2.0 * (inputs * outputs) as f64,
                    Layer::MaxPool { kernel } => [h, w] = [h / kernel, w / kernel],
                    Layer::GlobalAveragePool => [h, w] = [1, 1],
                    Layer::PadShortcut { stride, .. } => {
                        [h, w] = [(h - 1) / stride + 1, (w - 1) / stride + 1]
                    }
                    Layer::Residual { body, shortcut } => {
                        let (of_body, after) = chain(body, [h, w]);
                        sum += of_body + chain(shortcut, [h, w]).0;
                        [h, w] = after;
                    }
                    Layer::BatchNorm { .. } | Layer::Relu | Layer::Flatten => {}
                }
            }
            (sum, [h, w])
        }
        chain(&self.nodes, [self.input[1], self.input[2]]).0
    }

    /// The layers with parameters, in order of computation.
    #[must_use]
    pub fn parametric(&self) -> Vec<&LayerNode> {
        fn walk<'a>(nodes: &'a [LayerNode], out: &mut Vec<&'a LayerNode>) {
            for node in nodes {
                match &node.layer {
                    Layer::Residual { body, shortcut } => {
                        walk(body, out);
                        walk(shortcut, out);
                    }
                    Layer::Conv { .. } | Layer::Linear { .. } | Layer::BatchNorm { .. } => out.push(node),
                    _ => {}
                }
            }
        }
        let mut out = Vec::new();
        walk(&self.nodes, &mut out);
        out
    }
}
