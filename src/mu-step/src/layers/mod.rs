//! A network as data: a chain of layers with every shape settled.

mod cost;
mod kernel;
mod shape;
mod tensors;

use serde::{Deserialize, Serialize};

pub use cost::Footprint;
pub use kernel::{Function, Layer};
pub use shape::Shape;
pub use tensors::{Init, TensorDecl};

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

impl LayerGraph {
    /// The layers with parameters, in order of computation.
    #[must_use]
    pub fn parametric(&self) -> Vec<&LayerNode> {
        fn walk<'a>(nodes: &'a [LayerNode], out: &mut Vec<&'a LayerNode>) {
            for node in nodes {
                if node.layer.is_parametric() {
                    out.push(node);
                }
                node.layer.branches().into_iter().for_each(|b| walk(b, out));
            }
        }
        let mut out = Vec::new();
        walk(&self.nodes, &mut out);
        out
    }
}
