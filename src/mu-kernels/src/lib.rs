//! The C++ of mu, and what is safe to call of it: kernels that tch lacks, with their gradients, update rules over all tensors at
//! once, TorchScript modules, CUDA graphs, and what is global in libtorch. No other crate of mu's has C++.
//!
//! Each function checks what it is given before memory is read, and answers with an [`Error`] in words.

mod choice;
pub mod cuda;
mod error;
mod ffi;
mod images;
mod layers;
mod optimizer;
mod process;
mod script;
#[cfg(test)]
mod tests;

pub use choice::{Choice, VARIABLE, are_used, choice};
pub use error::Error;
pub use images::gather;
pub use layers::{Sizes, convolution, folded, is_winograd, normalisation, packed};
pub use optimizer::{Momentum, sgd, sign_sgd};
pub use process::{
    DeviceMemory, device_memory, each, forget_peak, has_bf16, keep_memory, libtorch_version, processor_fits,
    settle,
};
pub use script::Module;
