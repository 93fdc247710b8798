//! The folders of a store.

use std::path::{Path, PathBuf};

use crate::mode::Modes;
use crate::{StoreError, disk};

/// Where a store lies, and which modes its files and folders have.
#[derive(Clone, Debug)]
pub(crate) struct Folders {
    pub(crate) root: PathBuf,
    pub(crate) modes: Modes,
}

impl Folders {
    pub(crate) fn of(root: &Path) -> Self {
        Self { root: root.to_owned(), modes: Modes::of(root) }
    }

    /// Makes a folder where it is not there yet, and those above it.
    pub(crate) fn make(&self, path: &Path) -> Result<(), StoreError> {
        let missing: Vec<&Path> =
            path.ancestors().take_while(|at| *at != self.root && !at.is_dir()).collect();
        disk::create_folder(path).map_err(StoreError::io("create", path))?;
        missing.into_iter().for_each(|made| self.modes.give(made));
        Ok(())
    }
}
