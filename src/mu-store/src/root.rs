//! What the store is kept for: the files that were run on it, with all that they need, and pinned objects.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use mu_file::TEXT;
use mu_step::StepKey;
use serde::{Deserialize, Serialize};

use crate::store::json;
use crate::{Store, StoreError, disk};

/// A file that was run, as it was then.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Root {
    /// The file.
    pub file: String,
    /// When it was run last, seconds since 1970.
    pub at: u64,
    /// The keys of all steps of its plan.
    pub keys: Vec<StepKey>,
    /// What was known of its data then: tables can be printed where the data are not.
    pub facts: serde_json::Value,
}

impl Store {
    fn root_path(&self, file: &str) -> PathBuf {
        let name = blake3::hash(file.as_bytes()).to_hex();
        self.root().join("roots").join(format!("{}.json", &name[..32]))
    }

    /// Remembers that a file was run, in the place of what was remembered of it before.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub fn record_root(&self, root: &Root) -> Result<(), StoreError> {
        self.replace(&self.root_path(&root.file), &json(root)?)
    }

    /// A record of a run.
    pub(crate) fn root_in(&self, path: &Path) -> Result<Root, StoreError> {
        let unknown = |reason: String| StoreError::Unknown { path: path.to_owned(), reason };
        let bytes = mu_file::bytes(path, TEXT).map_err(|e| unknown(e.to_string()))?;
        serde_json::from_slice(&bytes).map_err(|e| unknown(format!("it is damaged ({e})")))
    }

    /// The files that were run, by name; and the records that cannot be read.
    ///
    /// # Errors
    /// Where not even their folder can be listed.
    pub fn roots(&self) -> Result<(Vec<Root>, Vec<StoreError>), StoreError> {
        let (mut roots, mut unknown) = (Vec::new(), Vec::new());
        for path in list(&self.root().join("roots"))? {
            match self.root_in(&path) {
                Ok(root) => roots.push(root),
                Err(error) => unknown.push(error),
            }
        }
        roots.sort_by(|a, b| a.file.cmp(&b.file));
        Ok((roots, unknown))
    }

    /// Where files of other schedulers' jobs are.
    #[must_use]
    pub fn jobs(&self) -> PathBuf {
        self.root().join("jobs")
    }

    /// Keeps a file for a job of another scheduler; where it is.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub fn keep_job(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, StoreError> {
        let at = self.jobs().join(name);
        self.replace(&at, bytes)?;
        Ok(at)
    }

    /// Forgets that a file was run; whether it was.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub fn forget_root(&self, file: &str) -> Result<bool, StoreError> {
        remove(&self.root_path(file))
    }

    /// Keeps an object, and all that it was made from, whatever needs it.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub fn pin(&self, key: StepKey) -> Result<(), StoreError> {
        self.replace(&self.root().join("pins").join(key.to_string()), b"")
    }

    /// Undoes [`Store::pin`]; whether it was pinned.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub fn unpin(&self, key: StepKey) -> Result<bool, StoreError> {
        remove(&self.root().join("pins").join(key.to_string()))
    }

    /// The pinned keys.
    ///
    /// # Errors
    /// Where they cannot be listed.
    pub fn pins(&self) -> Result<Vec<StepKey>, StoreError> {
        let files = list(&self.root().join("pins"))?;
        let key = |path: &Path| StepKey::try_from(path.file_name()?.to_str()?.to_owned()).ok();
        Ok(files.iter().filter_map(|path| key(path)).collect())
    }

    /// Keys, and the keys of all that they were made from, as far as the store has it.
    ///
    /// # Errors
    /// Where an object is there and does not say what it was made from.
    pub fn ancestry(&self, keys: impl IntoIterator<Item = StepKey>) -> Result<HashSet<StepKey>, StoreError> {
        let mut open: Vec<StepKey> = keys.into_iter().collect();
        let mut all = HashSet::new();
        while let Some(key) = open.pop() {
            if all.insert(key) && self.contains(key) {
                open.extend(self.spec(key)?.inputs());
            }
        }
        Ok(all)
    }

    /// What must be kept: what a file that was run needs, what is pinned, with what that was made from.
    ///
    /// # Errors
    /// Where something cannot be read that says so.
    pub fn needed(&self) -> Result<HashSet<StepKey>, StoreError> {
        let mut needed = self.ancestry(self.pins()?)?;
        let (roots, unknown) = self.roots()?;
        if let Some(error) = unknown.into_iter().next() {
            return Err(error);
        }
        needed.extend(roots.into_iter().flat_map(|root| root.keys));
        Ok(needed)
    }
}

fn remove(path: &Path) -> Result<bool, StoreError> {
    match disk::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(StoreError::io("remove", path)(error)),
    }
}

/// The files in a folder that may not be there.
pub(crate) fn list(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let unreadable = |e| StoreError::io("list", folder)(e);
    match fs::read_dir(folder) {
        Ok(files) => {
            files.map(|file| file.map(|f| f.path()).map_err(unreadable)).collect::<Result<Vec<_>, _>>()
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(unreadable(error)),
    }
}
