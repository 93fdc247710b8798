//! What the store is kept for: the files that were run on it, with all that they need, and pinned objects.

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;

use mu_step::{StepKey, StepSpec};
use serde::{Deserialize, Serialize};

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
        let text = serde_json::to_vec(root).unwrap_or_default();
        self.replace(&self.root_path(&root.file), &text)
    }

    /// The files that were run, by name.
    #[must_use]
    pub fn roots(&self) -> Vec<Root> {
        let files = fs::read_dir(self.root().join("roots")).into_iter().flatten().flatten();
        let mut roots: Vec<Root> =
            files.filter_map(|f| serde_json::from_slice(&fs::read(f.path()).ok()?).ok()).collect();
        roots.sort_by(|a, b| a.file.cmp(&b.file));
        roots
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
    #[must_use]
    pub fn pins(&self) -> Vec<StepKey> {
        let files = fs::read_dir(self.root().join("pins")).into_iter().flatten().flatten();
        files.filter_map(|f| StepKey::try_from(f.file_name().into_string().ok()?).ok()).collect()
    }

    /// Keys, and the keys of all that they were made from, as far as the store has it.
    #[must_use]
    pub fn ancestry(&self, keys: impl IntoIterator<Item = StepKey>) -> HashSet<StepKey> {
        let mut open: Vec<StepKey> = keys.into_iter().collect();
        let mut all = HashSet::new();
        while let Some(key) = open.pop() {
            if all.insert(key)
                && let Some((meta, _)) = self.glance(key)
                && let Ok(spec) = serde_json::from_value::<StepSpec>(meta.spec)
            {
                open.extend(spec.inputs());
            }
        }
        all
    }

    /// What must be kept: what a file that was run needs, what is pinned, with what that was made from.
    #[must_use]
    pub fn needed(&self) -> HashSet<StepKey> {
        let mut needed = self.ancestry(self.pins());
        needed.extend(self.roots().into_iter().flat_map(|root| root.keys));
        needed
    }
}

fn remove(path: &std::path::Path) -> Result<bool, StoreError> {
    match disk::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(StoreError::io("remove", path)(error)),
    }
}
