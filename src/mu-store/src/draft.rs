//! The writing side: a folder beside the objects, renamed into place when it is whole.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use mu_step::StepKey;

use crate::disk;
use crate::folders::Folders;
use crate::object::digest;
use crate::{Meta, Object, StoreError};

/// An object being written, under its key's lock. Dropped without [`Draft::commit`]: nothing happened.
#[derive(Debug)]
pub struct Draft {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) to: PathBuf,
    pub(crate) key: StepKey,
    pub(crate) folders: Folders,
    /// What is of no use once the object is there.
    pub(crate) passed: Vec<PathBuf>,
    pub(crate) _lock: File,
}

impl Draft {
    /// Writes a file of the object.
    ///
    /// # Errors
    /// Where the file system refuses.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let path = self.folder.path().join(name);
        disk::write(&path, bytes).map_err(StoreError::io("write", &path))
    }

    /// Where a file of the object is to be written that is too large to be held in memory.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A folder beside it for whatever making the object needs; gone with its last owner, and never part of the object.
    ///
    /// # Errors
    /// Where the file system refuses.
    pub fn room(&self) -> Result<tempfile::TempDir, StoreError> {
        let beside = self.folder.path().parent().unwrap_or(Path::new("."));
        tempfile::Builder::new()
            .prefix(&self.key.short())
            .tempdir_in(beside)
            .map_err(StoreError::io("write to", beside))
    }

    /// Makes it an object: digests, fsync, rename.
    ///
    /// # Errors
    /// Where the file system refuses, or a file is missing that such a step makes; the store is then as before.
    pub fn commit(self, mut meta: Meta) -> Result<Object, StoreError> {
        let folder = self.folder.path().to_owned();
        let modes = self.folders.modes;
        for entry in fs::read_dir(&folder).map_err(StoreError::io("list", &folder))? {
            let path = entry.map_err(StoreError::io("list", &folder))?.path();
            let file = File::open(&path).map_err(StoreError::io("read", &path))?;
            modes.give(&path);
            disk::sync(&file).map_err(StoreError::io("sync", &path))?;
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            meta.files.insert(name, digest(&path).map_err(StoreError::io("read", &path))?);
        }
        let refused = |problem: String| StoreError::Damaged { path: folder.clone(), problem };
        meta.is_of(self.key).map_err(refused)?;
        let text = serde_json::to_vec_pretty(&meta).map_err(|e| refused(e.to_string()))?;
        let digest = blake3::hash(&text).to_hex();
        for (name, bytes) in [("meta.json", text.as_slice()), ("meta.b3", digest.as_bytes())] {
            let path = folder.join(name);
            disk::write(&path, bytes).map_err(StoreError::io("write", &path))?;
            modes.give(&path);
        }
        modes.give(&folder);
        disk::sync_folder(&folder).map_err(StoreError::io("sync", &folder))?;
        let parent = self.to.parent().unwrap_or(Path::new("."));
        self.folders.make(parent)?;
        if let Err(error) = disk::rename(&folder, &self.to) {
            // On file systems of a network a rename that is said to have failed may have happened, and a lock may not reach
            // another machine: an object that is there is the object, whoever made it.
            return Object::open(self.to.clone(), self.key).map_err(|_| StoreError::Io {
                action: "create",
                path: self.to.clone(),
                error,
            });
        }
        disk::sync_folder(parent).map_err(StoreError::io("sync", parent))?;
        for passed in &self.passed {
            let _ = disk::remove_file(passed);
        }
        Object::open(self.to.clone(), self.key)
    }
}
