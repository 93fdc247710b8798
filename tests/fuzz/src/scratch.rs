//! A folder in memory for readers that read files.

use std::path::{Path, PathBuf};

/// A folder of one's own, removed at the end.
pub struct Scratch {
    folder: tempfile::TempDir,
}

impl Scratch {
    /// A new one; in memory where the system has such a place.
    ///
    /// # Errors
    /// Where no folder can be made.
    pub fn new() -> std::io::Result<Self> {
        let memory = Path::new("/dev/shm");
        let builder = tempfile::Builder::new();
        let folder = if memory.is_dir() { builder.tempdir_in(memory) } else { builder.tempdir() };
        Ok(Self { folder: folder? })
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A file with these bytes.
    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path().join(name);
        put(&path, bytes);
        path
    }

    /// An empty folder in it.
    pub(crate) fn empty(&self, name: &str) -> PathBuf {
        let path = self.path().join(name);
        let _ = std::fs::remove_dir_all(&path);
        let _ = std::fs::create_dir_all(&path);
        path
    }
}

/// Writes a file and the folders that it lies in.
pub(crate) fn put(path: &Path, bytes: &[u8]) {
    if let Some(parent) = path.parent() {
        let _ = std::fs::create_dir_all(parent);
    }
    // A test of readers that cannot write what is to be read would pass without reading.
    if let Err(error) = std::fs::write(path, bytes) {
        eprintln!("cannot write {}: {error}", path.display());
        std::process::abort();
    }
}
