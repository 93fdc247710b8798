//! A network as data: a chain of layers with every shape settled.

mod cost;
mod kernel;
mod script;
mod sets;
mod shape;
mod tensors;

use serde::{Deserialize, Serialize};

pub use cost::Footprint;
pub use kernel::{Function, Layer};
pub use script::{Script, ScriptTensor};
pub use shape::Shape;
pub use tensors::{Init, Part, TensorDecl};

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

    /// The layers with tensors of their own, in order of computation; those within a TorchScript module as well.
    #[must_use]
    pub fn parts(&self) -> Vec<Part> {
        self.parametric().into_iter().flat_map(LayerNode::parts).collect()
    }

    /// The TorchScript modules in it.
    #[must_use]
    pub fn scripts(&self) -> Vec<&Script> {
        let scripts = self.parametric().into_iter().filter_map(|node| match &node.layer {
            Layer::Script(script) => Some(script),
            _ => None,
        });
        scripts.collect()
    }

    /// Calls `f` on each TorchScript module in it.
    pub fn scripts_mut(&mut self, f: &mut dyn FnMut(&mut Script)) {
        fn walk(nodes: &mut [LayerNode], f: &mut dyn FnMut(&mut Script)) {
            for node in nodes {
                match &mut node.layer {
                    Layer::Script(script) => f(script),
                    Layer::Residual { body, shortcut } => {
                        walk(body, f);
                        walk(shortcut, f);
                    }
                    Layer::Concat { parts, .. } => parts.iter_mut().for_each(|p| walk(p, f)),
                    _ => {}
                }
            }
        }
        walk(&mut self.nodes, f);
    }
}
