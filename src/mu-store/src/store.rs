//! Looking up, beginning, setting aside.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use mu_step::{Failure, StepKey};
use rayon::prelude::*;

use crate::disk;
use crate::{Draft, Meta, Object, StoreError};

/// The layout's version.
const FORMAT: u32 = 1;

/// A store on disk. Cheap to clone; many processes may use one store.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
}

/// What [`Store::begin`] found.
#[derive(Debug)]
pub enum Begin {
    /// The key is ours to make.
    Draft(Draft),
    /// It was made meanwhile.
    Exists(Object),
    /// Another process is making it: who, as it said.
    Busy(String),
}

impl Store {
    /// Opens a store for writing, and makes it where there is none.
    ///
    /// # Errors
    /// Where the folder cannot be written, or holds another format.
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        for folder in ["objects", "failures", "drafts", "locks"] {
            let path = root.join(folder);
            disk::create_folder(&path).map_err(StoreError::io("create", &path))?;
        }
        let store = Self { root: root.to_owned() };
        let at = root.join("FORMAT");
        match fs::read_to_string(&at) {
            Ok(found) if found.trim() == FORMAT.to_string() => {}
            Ok(found) => {
                let found = found.trim().to_owned();
                return Err(StoreError::Format { path: root.to_owned(), found, expected: FORMAT });
            }
            Err(_) => {
                // Beside a `.mu` file the store must not be committed.
                store.replace(&root.join(".gitignore"), b"*\n")?;
                store.replace(&at, format!("{FORMAT}\n").as_bytes())?;
            }
        }
        tempfile::tempfile_in(root.join("drafts"))
            .map_err(StoreError::io("write to", &root.join("drafts")))?;
        Ok(store)
    }

    /// A store for reading only; it need not exist.
    #[must_use]
    pub fn read_only(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// Its folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn object(&self, key: StepKey) -> PathBuf {
        let name = key.to_string();
        self.root.join("objects").join(&name[..2]).join(name)
    }

    pub(crate) fn bookmark_path(&self, key: StepKey) -> PathBuf {
        self.root.join("bookmarks").join(key.to_string())
    }

    fn failure_path(&self, key: StepKey) -> PathBuf {
        self.root.join("failures").join(format!("{key}.json"))
    }

    /// Whether there is an object (not verified).
    #[must_use]
    pub fn contains(&self, key: StepKey) -> bool {
        self.object(key).is_dir()
    }

    /// The keys of all objects (not verified): one reading of folders, where many would be asked for.
    #[must_use]
    pub fn keys(&self) -> HashSet<StepKey> {
        let list = |folder: PathBuf| fs::read_dir(folder).into_iter().flatten().flatten();
        list(self.root.join("objects"))
            .flat_map(|shelf| list(shelf.path()))
            .filter_map(|object| StepKey::try_from(object.file_name().into_string().ok()?).ok())
            .collect()
    }

    /// What an object says of itself, and its size in bytes; neither verified.
    pub(crate) fn glance(&self, key: StepKey) -> Option<(Meta, u64)> {
        let folder = self.object(key);
        let meta: Meta = serde_json::from_slice(&fs::read(folder.join("meta.json")).ok()?).ok()?;
        let sizes = fs::read_dir(folder).ok()?.flatten().filter_map(|file| Some(file.metadata().ok()?.len()));
        Some((meta, sizes.sum()))
    }

    /// A small JSON file of an object, that file alone verified; `None` where there is none, or it is not what was written.
    #[must_use]
    pub fn peek<T: serde::de::DeserializeOwned>(&self, key: StepKey, name: &str) -> Option<T> {
        let folder = self.object(key);
        let meta: Meta = serde_json::from_slice(&fs::read(folder.join("meta.json")).ok()?).ok()?;
        let bytes = fs::read(folder.join(name)).ok()?;
        let written = meta.files.get(name)?;
        if blake3::hash(&bytes).to_hex().as_str() != written {
            None
        } else {
            serde_json::from_slice(&bytes).ok()
        }
    }

    /// The object of a key, verified.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where its bytes are not what was written.
    pub fn get(&self, key: StepKey) -> Result<Option<Object>, StoreError> {
        let folder = self.object(key);
        if folder.is_dir() { Object::open(folder).map(Some) } else { Ok(None) }
    }

    /// Verifies many objects in parallel and sets the damaged ones aside; returns those and why.
    ///
    /// # Errors
    /// Where a damaged object cannot be moved away.
    pub fn quarantine_damaged(&self, keys: &[StepKey]) -> Result<Vec<(StepKey, StoreError)>, StoreError> {
        let damaged: Vec<_> = keys.par_iter().filter_map(|k| self.get(*k).err().map(|e| (*k, e))).collect();
        for (key, _) in &damaged {
            self.set_aside(*key)?;
        }
        Ok(damaged)
    }

    /// Moves an object to where damaged ones are kept.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub fn set_aside(&self, key: StepKey) -> Result<(), StoreError> {
        let to = self.root.join("damaged");
        disk::create_folder(&to).map_err(StoreError::io("create", &to))?;
        let from = self.object(key);
        let mut n = 0;
        let free = loop {
            let candidate = to.join(format!("{key}.{n}"));
            if !candidate.exists() {
                break candidate;
            }
            n += 1;
        };
        disk::rename(&from, &free).map_err(StoreError::io("set aside", &from))
    }

    /// Takes a key's lock, where no other process has it, and starts its object.
    ///
    /// # Errors
    /// Where the store cannot be written, or the existing object is damaged.
    pub fn begin(&self, key: StepKey) -> Result<Begin, StoreError> {
        let at = self.root.join("locks").join(key.to_string());
        let mut lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&at)
            .map_err(StoreError::io("open", &at))?;
        match disk::try_lock(&lock) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Ok(Begin::Busy(fs::read_to_string(&at).unwrap_or_default()));
            }
            Err(TryLockError::Error(error)) => return Err(StoreError::io("lock", &at)(error)),
        }
        // Who has it, for people; the lock itself is the system's, and goes with the process.
        let holder = format!("process {} on {}", std::process::id(), host());
        let _ = lock.set_len(0).and_then(|()| lock.write_all(holder.as_bytes()));
        if let Some(object) = self.get(key)? {
            return Ok(Begin::Exists(object));
        }
        let drafts = self.root.join("drafts");
        let folder = tempfile::Builder::new()
            .prefix(&key.short())
            .tempdir_in(&drafts)
            .map_err(StoreError::io("write to", &drafts))?;
        Ok(Begin::Draft(Draft {
            folder,
            to: self.object(key),
            passed: vec![self.failure_path(key), self.bookmark_path(key)],
            _lock: lock,
        }))
    }

    /// Records why a step has no object.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub fn record_failure(&self, key: StepKey, failure: &Failure) -> Result<(), StoreError> {
        let text = serde_json::to_vec_pretty(failure).unwrap_or_default();
        self.replace(&self.failure_path(key), &text)
    }

    /// Writes a small file of the store: what was there before stays until the new one is whole.
    pub(crate) fn replace(&self, at: &Path, bytes: &[u8]) -> Result<(), StoreError> {
        let folder = at.parent().unwrap_or(&self.root);
        disk::create_folder(folder).map_err(StoreError::io("create", folder))?;
        // What is half written lies where the dead's drafts are swept.
        let drafts = self.root.join("drafts");
        let mut draft =
            tempfile::NamedTempFile::new_in(&drafts).map_err(StoreError::io("write to", &drafts))?;
        disk::append(draft.as_file_mut(), bytes).map_err(StoreError::io("write", at))?;
        let path = draft.into_temp_path();
        disk::rename(&path, at).map_err(StoreError::io("write", at))
    }

    /// Moves a folder that is a whole object into its place; not where there is one.
    pub(crate) fn take_in(&self, key: StepKey, folder: &Path) -> Result<bool, StoreError> {
        let to = self.object(key);
        if to.is_dir() && Object::open(to.clone()).is_ok() {
            return Ok(false);
        }
        let parent = to.parent().unwrap_or(&self.root);
        disk::create_folder(parent).map_err(StoreError::io("create", parent))?;
        if to.is_dir() {
            self.quarantine_damaged(&[key])?;
        }
        disk::rename(folder, &to).map_err(StoreError::io("create", &to))?;
        Ok(true)
    }

    /// Removes an object that nobody is making or needs; whether it could be had alone.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub fn remove(&self, key: StepKey) -> Result<bool, StoreError> {
        let at = self.root.join("locks").join(key.to_string());
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&at);
        let lock = lock.map_err(StoreError::io("open", &at))?;
        match disk::try_lock(&lock) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(false),
            Err(TryLockError::Error(error)) => return Err(StoreError::io("lock", &at)(error)),
        }
        // Out of sight in one step: nobody finds half an object.
        let drafts = self.root.join("drafts");
        let gone = tempfile::Builder::new().prefix(&key.short()).tempdir_in(&drafts);
        let gone = gone.map_err(StoreError::io("write to", &drafts))?;
        let from = self.object(key);
        disk::rename(&from, &gone.path().join("gone")).map_err(StoreError::io("remove", &from))?;
        gone.close().map_err(StoreError::io("remove", &from))?;
        Ok(true)
    }

    /// Who is making which steps, as they said.
    #[must_use]
    pub fn running(&self) -> Vec<(StepKey, String)> {
        let locks = fs::read_dir(self.root.join("locks")).into_iter().flatten().flatten();
        let held = |path: PathBuf| {
            let key = StepKey::try_from(path.file_name()?.to_str()?.to_owned()).ok()?;
            let busy = File::open(&path).is_ok_and(|f| matches!(f.try_lock(), Err(TryLockError::WouldBlock)));
            busy.then(|| (key, fs::read_to_string(&path).unwrap_or_default()))
        };
        locks.filter_map(|lock| held(lock.path())).collect()
    }

    /// Why a step has no object, when it failed.
    #[must_use]
    pub fn failure(&self, key: StepKey) -> Option<Failure> {
        serde_json::from_slice(&fs::read(self.failure_path(key)).ok()?).ok()
    }

    /// Removes drafts whose writer died; a draft is live while its key is locked.
    pub fn sweep_drafts(&self) {
        let Ok(entries) = fs::read_dir(self.root.join("drafts")) else { return };
        // Listed before the locks: a draft that is begun meanwhile is not among them.
        let entries: Vec<fs::DirEntry> = entries.flatten().collect();
        let Ok(locks) = fs::read_dir(self.root.join("locks")) else { return };
        let locked: Vec<String> = locks
            .flatten()
            .filter(|l| File::open(l.path()).is_ok_and(|f| f.try_lock().is_err()))
            .map(|l| l.file_name().to_string_lossy().into_owned())
            .collect();
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            // What is of no step is in use for moments only; where clocks jump, it stays.
            let of_no_step = name.starts_with('.');
            let age = entry.metadata().and_then(|m| m.modified()).ok().and_then(|at| at.elapsed().ok());
            if of_no_step && age.is_none_or(|age| age < Duration::from_secs(86_400)) {
                continue;
            }
            if !locked.iter().any(|key| name.starts_with(&key[..12])) {
                let _ = fs::remove_dir_all(entry.path()).or_else(|_| fs::remove_file(entry.path()));
            }
        }
    }
}

/// The machine's name.
fn host() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    if name.trim().is_empty() { "this machine".to_owned() } else { name.trim().to_owned() }
}

#[cfg(test)]
mod faults;
#[cfg(test)]
mod tests;
