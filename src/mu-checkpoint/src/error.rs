//! Why a checkpoint cannot be read.

use std::path::{Path, PathBuf};

/// A checkpoint that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The file system refused.
    #[error("cannot read {path}: {error}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The reason.
        error: std::io::Error,
    },
    /// The bytes are no weights.
    #[error("{path}: {problem}", path = path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

impl CheckpointError {
    pub(crate) fn io(path: &Path, error: std::io::Error) -> Self {
        CheckpointError::Io { path: path.to_owned(), error }
    }

    pub(crate) fn format(path: &Path, problem: String) -> Self {
        CheckpointError::Format { path: path.to_owned(), problem }
    }
}
