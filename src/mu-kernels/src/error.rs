//! Why a function of this crate did nothing.

use tch::TchError;

/// Why a function of this crate did nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// libtorch refused, or a check of what a kernel was given.
    #[error("{function}: {words}")]
    Refused {
        /// The function of this crate.
        function: &'static str,
        /// What is wrong, in the words of the C++.
        words: String,
    },
    /// The variable `MU_KERNELS` has a value that it cannot have.
    #[error("MU_KERNELS is `{0}`; it can be `auto` (mu's kernels where they serve) or `aten` (none of them)")]
    Choice(String),
    /// A kernel of mu's was called although `MU_KERNELS=aten` forbids it.
    #[error("{function}: MU_KERNELS=aten leaves no kernels but ATen's")]
    Forbidden {
        /// The function of this crate.
        function: &'static str,
    },
    /// What needs CUDA is not there.
    #[error("{0}")]
    Cuda(String),
}

impl From<Error> for TchError {
    fn from(error: Error) -> Self {
        Self::Torch(error.to_string())
    }
}
