//! What runs need while they run, and the removal of what nobody needs. A run says what it needs before it looks what is there;
//! a removal reads what is needed after it has shut out runs that begin. So neither misses the other.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::path::PathBuf;

use mu_step::StepKey;

use crate::root::list;
use crate::store::{host, is_locked, json};
use crate::{Root, Store, StoreError, disk};

/// What a run needs: kept for as long as this lives, or its process.
#[derive(Debug)]
pub struct Kept {
    store: Store,
    /// Its record, and the lock on it, which the system takes back when the process ends.
    record: Option<(PathBuf, File)>,
}

/// The right to remove: no run can say what it needs meanwhile.
#[derive(Debug)]
pub struct Collection {
    store: Store,
    /// What must stay.
    needed: HashSet<StepKey>,
    _lock: File,
}

impl Store {
    /// Keeps what a run needs while it runs, and where `root` is of a file, for later: it takes the place of what was remembered of
    /// that file. Waits for a removal that is going on.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub fn keep(&self, root: &Root) -> Result<Kept, StoreError> {
        let mut kept = Kept { store: self.clone(), record: None };
        kept.again(root)?;
        Ok(kept)
    }

    fn gate(&self) -> Result<(PathBuf, File), StoreError> {
        let at = self.root().join("gc.lock");
        let file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&at);
        let file = file.map_err(StoreError::io("open", &at))?;
        self.modes().give(&at);
        Ok((at, file))
    }

    /// Shuts out runs that begin, and finds what is needed. Waits for another removal that is going on.
    ///
    /// # Errors
    /// Where something cannot be read that says what is needed: then nothing may be removed.
    pub fn collect(&self) -> Result<Collection, StoreError> {
        let (at, lock) = self.gate()?;
        disk::lock(&lock).map_err(StoreError::io("lock", &at))?;
        let mut needed = self.needed()?;
        for path in list(&self.root().join("live"))? {
            let running = is_locked(&path);
            if running {
                needed.extend(self.root_in(&path)?.keys);
            } else {
                // Its process has ended.
                disk::remove_file(&path).map_err(StoreError::io("remove", &path))?;
            }
        }
        needed.extend(self.running().into_iter().map(|(key, _)| key));
        Ok(Collection { store: self.clone(), needed, _lock: lock })
    }
}

impl Kept {
    /// What the run needs now, as its plan has changed.
    ///
    /// # Errors
    /// Where the store cannot be written; what was kept before is then still kept.
    pub fn again(&mut self, root: &Root) -> Result<(), StoreError> {
        let store = &self.store;
        let (at, gate) = store.gate()?;
        disk::lock_shared(&gate).map_err(StoreError::io("lock", &at))?;
        if !root.file.is_empty() {
            store.record_root(root)?;
        }
        let live = store.root().join("live");
        store.folder(&live)?;
        let file =
            tempfile::Builder::new().prefix(&format!("{}-", host())).suffix(".json").tempfile_in(&live);
        let (mut file, path) =
            file.and_then(|f| f.keep().map_err(|e| e.error)).map_err(StoreError::io("write to", &live))?;
        // Locked before it says anything: one that says nothing and is not locked is of a process that has ended.
        disk::lock(&file).map_err(StoreError::io("lock", &path))?;
        disk::append(&mut file, &json(root)?).map_err(StoreError::io("write", &path))?;
        store.modes().give(&path);
        let before = self.record.replace((path, file));
        drop_record(before);
        Ok(())
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        drop_record(self.record.take());
    }
}

fn drop_record(record: Option<(PathBuf, File)>) {
    if let Some((path, file)) = record {
        let _ = disk::remove_file(&path);
        drop(file);
    }
}

impl Collection {
    /// Whether an object must stay.
    #[must_use]
    pub fn needs(&self, key: StepKey) -> bool {
        self.needed.contains(&key)
    }

    /// Removes an object that is not needed; whether it could be had alone.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub fn remove(&self, key: StepKey) -> Result<bool, StoreError> {
        if self.needs(key) { Ok(false) } else { self.store.remove(key) }
    }
}
