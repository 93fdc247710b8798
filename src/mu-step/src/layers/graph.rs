//! A network as a graph of layers.

use serde::{Deserialize, Serialize};

use super::kernel::{Layer, LayerNode};
use super::output::chain;
use super::script::Script;
use super::shape::Shape;
use super::tensors::Part;

/// What a network does with an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// It makes a number of each class.
    Classify {
        /// Classes.
        classes: i64,
    },
    /// It makes an image like the one that it is given, from that, its time and its condition.
    Denoise,
}

/// A network over images of `input` = [channels, height, width].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerGraph {
    /// [channels, height, width]
    pub input: [i64; 3],
    /// Applied in order.
    pub nodes: Vec<LayerNode>,
}

impl LayerGraph {
    /// What it does, by what its layers make of the input.
    #[must_use]
    pub fn task(&self) -> Task {
        let input = Shape::Image(self.input);
        match chain(&self.nodes, input) {
            Ok(made) if made == input => Task::Denoise,
            Ok(made) => Task::Classify { classes: made.features() },
            // Shapes were settled when it was made.
            Err(_) => Task::Classify { classes: 0 },
        }
    }

    /// The conditions that it tells apart, the one for no condition left out; 1 where it reads none.
    #[must_use]
    pub fn conditions(&self) -> i64 {
        let of = |node: &LayerNode| {
            if let Layer::LabelEmbedding { conditions, .. } = node.layer { Some(conditions) } else { None }
        };
        self.parametric().into_iter().find_map(of).unwrap_or(1)
    }

    /// Whether it is told a condition.
    #[must_use]
    pub fn is_conditional(&self) -> bool {
        self.parametric().into_iter().any(|node| matches!(node.layer, Layer::LabelEmbedding { .. }))
    }

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

    /// The layers with a name, each behind those inside it.
    #[must_use]
    pub fn named(&self) -> Vec<&LayerNode> {
        fn walk<'a>(nodes: &'a [LayerNode], out: &mut Vec<&'a LayerNode>) {
            for node in nodes {
                node.layer.branches().into_iter().for_each(|b| walk(b, out));
                if !node.name.is_empty() {
                    out.push(node);
                }
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
        let scripts = self
            .parametric()
            .into_iter()
            .filter_map(|node| if let Layer::Script(script) = &node.layer { Some(script) } else { None });
        scripts.collect()
    }

    /// Calls `f` on each TorchScript module in it.
    pub fn scripts_mut(&mut self, f: &mut dyn FnMut(&mut Script)) {
        fn walk(nodes: &mut [LayerNode], f: &mut dyn FnMut(&mut Script)) {
            for node in nodes {
                if let Layer::Script(script) = &mut node.layer {
                    f(script);
                }
                node.layer.branches_mut().into_iter().for_each(|branch| walk(branch, f));
            }
        }
        walk(&mut self.nodes, f);
    }
}
