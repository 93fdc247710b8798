use std::path::{Path, PathBuf};

/// The store could not do what was asked: where, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file system refused.
    #[error("cannot {action} {path}: {error}", path = path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// The reason.
        error: std::io::Error,
    },
    /// The store was made by another version.
    #[error("{path} has store format {found}, this mu reads {expected}; use the mu that wrote it, or another --store", path = path.display())]
    Format {
        /// The store.
        path: PathBuf,
        /// Its format.
        found: String,
        /// Ours.
        expected: u32,
    },
    /// An object's bytes are not what was written.
    #[error("{path} is damaged: {problem}", path = path.display())]
    Damaged {
        /// The object or file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A record that says what is needed cannot be read.
    #[error("{path} says what must be kept, and cannot be read: {reason}", path = path.display())]
    Unknown {
        /// The record.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

impl StoreError {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |error| Self::Io { action, path: path.to_owned(), error }
    }
}
