//! What is known of files that a program names before anything runs: enough to plan, and nothing of how they are decoded.

use serde::{Deserialize, Serialize};

use crate::LayerKind;

/// What is known of a data set without decoding its samples.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// BLAKE3 of the bytes, hex.
    pub digest: String,
    /// Samples of the training part.
    pub train: usize,
    /// Samples of the test part, where there is one.
    pub test: Option<usize>,
    /// What lies in its folders and is not read: a sentence for each kind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
}

impl Facts {
    /// Of a set that is not here: its counts alone.
    #[must_use]
    pub fn of(train: usize, test: Option<usize>) -> Self {
        Self { digest: String::new(), train, test, left_out: Vec::new() }
    }
}

/// What a list of numbers is for: a table with several columns names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ListOf {
    /// Sample numbers, counted from 0.
    Samples,
    /// A number for each sample, in the samples' order.
    Groups,
}

/// What is wanted of a file of weights.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'w> {
    /// Of which table, where several fit.
    pub table: Option<&'w str>,
    /// Tensors that the network draws anew: the file need not have them, nor in these sizes.
    pub drawn: &'w [String],
}

/// What is known of a TorchScript module without running it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// Its tensors, in the order of PyTorch's `state_dict`.
    pub tensors: Vec<ModuleTensor>,
    /// Layers that a traced module runs as they were when it was traced, in training or in evaluation: dropout and batch
    /// normalisation.
    pub fixed: Vec<String>,
}

/// A tensor of a TorchScript module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleTensor {
    /// `layer1.0.conv1.weight`
    pub name: String,
    /// Other names of the same tensor.
    pub aliases: Vec<String>,
    /// Its sizes.
    pub shape: Vec<usize>,
    /// Whether its elements are real numbers.
    pub real: bool,
    /// Whether it asks for a gradient.
    pub trainable: bool,
    /// The kind of its layer, where that is one of PyTorch's.
    pub of: Option<LayerKind>,
}
