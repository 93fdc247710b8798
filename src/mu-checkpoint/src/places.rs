//! Where a network's tensors are in a file.

/// Where a network's tensors are in a file.
#[derive(Clone, Debug)]
pub struct Fit {
    pub(crate) table: usize,
    pub(crate) tensors: Vec<Taken>,
    /// What was done beside taking tensors by their names, in words.
    pub notes: Vec<String>,
}

/// A tensor that is taken.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    /// The network's name.
    pub(crate) name: String,
    /// Its place in the table.
    pub(crate) entry: usize,
    /// The network's sizes.
    pub(crate) shape: Vec<usize>,
}
