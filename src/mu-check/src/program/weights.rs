//! Weights that a program takes from files.

use mu_step::{LayerGraph, ParameterSet};

/// Weights in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// The file.
    pub path: String,
    /// Which of its tables of tensors, where the program says.
    pub table: Option<String>,
    /// What is drawn anew instead of taken.
    pub drawn: Option<ParameterSet>,
    /// What the model in it was trained without, as the program says.
    pub unseen: Unseen,
}

impl Weights {
    /// The names of the tensors of a network that are drawn anew.
    #[must_use]
    pub fn drawn(&self, graph: &LayerGraph) -> Vec<String> {
        self.drawn.as_ref().and_then(|set| graph.drawn(set)).unwrap_or_default()
    }
}

/// Which samples of the data set a model in a file was trained without, beside the test samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unseen {
    /// Nobody says.
    Unknown,
    /// The validation samples.
    Validation,
    /// All of them: it was trained on other data.
    All,
}
