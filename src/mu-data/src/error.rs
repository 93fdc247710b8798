//! What can be wrong with a data set.

use std::path::{Path, PathBuf};

/// A data set that is not what it should be: which file, and what is wrong.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The file system refused.
    #[error("cannot read {path}: {error}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The reason.
        error: std::io::Error,
    },
    /// A file that should be there is not.
    #[error("{folder} has no {name}", folder = folder.display())]
    Missing {
        /// The folder.
        folder: PathBuf,
        /// The file, or the files of which one would do.
        name: String,
    },
    /// The bytes do not fit the format.
    #[error("{file}: {problem}")]
    Format {
        /// The file.
        file: String,
        /// What is wrong.
        problem: String,
    },
    /// More images are unreadable than the file allows.
    #[error("{count} image(s) cannot be read, {allowed} may be: {first}")]
    Corrupt {
        /// How many were found before reading ended.
        count: usize,
        /// How many may be.
        allowed: usize,
        /// Some of them, with the reasons.
        first: String,
    },
}

impl DataError {
    pub(crate) fn io(path: &Path) -> impl Fn(std::io::Error) -> DataError + '_ {
        move |error| DataError::Io { path: path.to_owned(), error }
    }

    pub(crate) fn format(path: &Path, problem: impl Into<String>) -> DataError {
        DataError::Format { file: path.display().to_string(), problem: problem.into() }
    }

    pub(crate) fn missing(folder: &Path, name: impl Into<String>) -> DataError {
        DataError::Missing { folder: folder.to_owned(), name: name.into() }
    }
}
