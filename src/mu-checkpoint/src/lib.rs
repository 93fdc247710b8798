//! Weights in files: safetensors and PyTorch's `.pth` in, both out. Pickles are read as data; nothing in them is executed.

mod code;
mod derived;
mod error;
mod file;
mod fit;
mod legacy;
mod names;
mod numbers;
mod order;
pub mod pickle;
mod places;
mod safe;
mod script;
mod state;
mod storage;
mod table;
mod words;
mod write;
mod zipped;

pub use derived::complete;
pub use error::CheckpointError;
pub use file::read;
pub use fit::{Misfit, Unfit};
pub use numbers::arrays;
pub use places::Fit;
// What is asked for, and what is answered, is the planner's as well.
pub use mu_step::{Module, ModuleTensor, Wanted};
pub use storage::{Array, Dtype};
pub use table::{Checkpoint, MeanAndStd};
pub use write::{Format, write};
pub use zipped::{module, sealed, title};

/// The tensors of a file by name, in the file's order.
pub type Tensors = Vec<(String, Array)>;

#[cfg(test)]
mod tests;
