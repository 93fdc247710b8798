//! Looking up, beginning, setting aside.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use mu_file::TEXT;
use mu_step::{Failure, StepKey, StepSpec};
use rayon::prelude::*;

use crate::disk;
use crate::folders::Folders;
use crate::mode::Modes;
use crate::{Draft, Meta, Object, StoreError};

/// The layout's version.
const FORMAT: u32 = 1;

/// A store on disk. Cheap to clone; many processes may use one store.
#[derive(Clone, Debug)]
pub struct Store {
    folders: Folders,
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
        disk::create_folder(root).map_err(StoreError::io("create", root))?;
        let store = Self::read_only(root);
        for folder in ["objects", "failures", "drafts", "locks"] {
            store.folder(&root.join(folder))?;
        }
        let at = root.join("FORMAT");
        match mu_file::bytes(&at, TEXT).map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned()) {
            Ok(found) if found == FORMAT.to_string() => {}
            Ok(found) => {
                return Err(StoreError::Format { path: root.to_owned(), found, expected: FORMAT });
            }
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(StoreError::io("read", &at)(error));
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
        Self { folders: Folders::of(root) }
    }

    pub(crate) fn modes(&self) -> Modes {
        self.folders.modes
    }

    /// Makes a folder of the store where it is not there yet, and those above it.
    pub(crate) fn folder(&self, path: &Path) -> Result<(), StoreError> {
        self.folders.make(path)
    }

    /// A folder for what is being written, gone with its last owner.
    pub(crate) fn draft_folder(&self, prefix: &str) -> Result<tempfile::TempDir, StoreError> {
        let drafts = self.folders.root.join("drafts");
        tempfile::Builder::new()
            .prefix(prefix)
            .permissions(self.folders.modes.of_folders())
            .tempdir_in(&drafts)
            .map_err(StoreError::io("write to", &drafts))
    }

    /// A key's lock file, open.
    fn lock_file(&self, key: StepKey) -> Result<(PathBuf, File), StoreError> {
        let at = self.folders.root.join("locks").join(key.to_string());
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&at)
            .map_err(StoreError::io("open", &at))?;
        self.folders.modes.give(&at);
        Ok((at, lock))
    }

    /// Its folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.folders.root
    }

    pub(crate) fn object(&self, key: StepKey) -> PathBuf {
        let name = key.to_string();
        self.folders.root.join("objects").join(&name[..2]).join(name)
    }

    pub(crate) fn bookmark_path(&self, key: StepKey) -> PathBuf {
        self.folders.root.join("bookmarks").join(key.to_string())
    }

    fn failure_path(&self, key: StepKey) -> PathBuf {
        self.folders.root.join("failures").join(format!("{key}.json"))
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
        list(self.folders.root.join("objects"))
            .flat_map(|shelf| list(shelf.path()))
            .filter_map(|object| StepKey::try_from(object.file_name().into_string().ok()?).ok())
            .collect()
    }

    /// What an object was made by.
    pub(crate) fn spec(&self, key: StepKey) -> Result<StepSpec, StoreError> {
        let folder = self.object(key);
        let meta = Meta::read(&folder, key)?;
        serde_json::from_value(meta.spec)
            .map_err(|e| StoreError::Damaged { path: folder.join("meta.json"), problem: e.to_string() })
    }

    /// What an object says of itself, and its size in bytes; neither verified.
    pub(crate) fn glance(&self, key: StepKey) -> Option<(Meta, u64)> {
        let folder = self.object(key);
        let meta: Meta =
            serde_json::from_slice(&mu_file::bytes(&folder.join("meta.json"), TEXT).ok()?).ok()?;
        let sizes = fs::read_dir(folder).ok()?.flatten().filter_map(|file| Some(file.metadata().ok()?.len()));
        Some((meta, sizes.sum()))
    }

    /// The object of a key, verified.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where its bytes are not what was written.
    pub fn get(&self, key: StepKey) -> Result<Option<Object>, StoreError> {
        let folder = self.object(key);
        if folder.is_dir() { Object::open(folder, key).map(Some) } else { Ok(None) }
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
        let to = self.folders.root.join("damaged");
        self.folder(&to)?;
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
        let (at, mut lock) = self.lock_file(key)?;
        match disk::try_lock(&lock) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let holder = mu_file::bytes(&at, TEXT).unwrap_or_default();
                return Ok(Begin::Busy(String::from_utf8_lossy(&holder).into_owned()));
            }
            Err(TryLockError::Error(error)) => return Err(StoreError::io("lock", &at)(error)),
        }
        // Who has it, for people; the lock itself is the system's, and goes with the process.
        let holder = format!("process {} on {}", std::process::id(), host());
        let _ = lock.set_len(0).and_then(|()| lock.write_all(holder.as_bytes()));
        if let Some(object) = self.get(key)? {
            return Ok(Begin::Exists(object));
        }
        Ok(Begin::Draft(Draft {
            folder: self.draft_folder(&key.short())?,
            to: self.object(key),
            key,
            folders: self.folders.clone(),
            passed: vec![self.failure_path(key), self.bookmark_path(key)],
            _lock: lock,
        }))
    }

    /// Records why a step has no object.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub fn record_failure(&self, key: StepKey, failure: &Failure) -> Result<(), StoreError> {
        self.replace(&self.failure_path(key), &json(failure)?)
    }

    /// Writes a small file of the store: what was there before stays until the new one is whole.
    pub(crate) fn replace(&self, at: &Path, bytes: &[u8]) -> Result<(), StoreError> {
        self.folder(at.parent().unwrap_or(&self.folders.root))?;
        // What is half written lies where the dead's drafts are swept.
        let drafts = self.folders.root.join("drafts");
        let mut draft =
            tempfile::NamedTempFile::new_in(&drafts).map_err(StoreError::io("write to", &drafts))?;
        disk::append(draft.as_file_mut(), bytes).map_err(StoreError::io("write", at))?;
        let path = draft.into_temp_path();
        self.folders.modes.give(&path);
        disk::rename(&path, at).map_err(StoreError::io("write", at))
    }

    /// Moves a folder that is a whole object into its place; not where there is one.
    pub(crate) fn take_in(&self, key: StepKey, folder: &Path) -> Result<bool, StoreError> {
        let to = self.object(key);
        if to.is_dir() && Object::open(to.clone(), key).is_ok() {
            return Ok(false);
        }
        self.folder(to.parent().unwrap_or(&self.folders.root))?;
        for file in fs::read_dir(folder).map_err(StoreError::io("list", folder))?.flatten() {
            self.folders.modes.give(&file.path());
        }
        self.folders.modes.give(folder);
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
    pub(crate) fn remove(&self, key: StepKey) -> Result<bool, StoreError> {
        let (at, lock) = self.lock_file(key)?;
        match disk::try_lock(&lock) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(false),
            Err(TryLockError::Error(error)) => return Err(StoreError::io("lock", &at)(error)),
        }
        // Out of sight in one step: nobody finds half an object.
        let gone = self.draft_folder(&key.short())?;
        let from = self.object(key);
        disk::rename(&from, &gone.path().join("gone")).map_err(StoreError::io("remove", &from))?;
        gone.close().map_err(StoreError::io("remove", &from))?;
        Ok(true)
    }

    /// Who is making which steps, as they said. A step whose lock cannot be looked at counts as being made.
    #[must_use]
    pub fn running(&self) -> Vec<(StepKey, String)> {
        let locks = fs::read_dir(self.folders.root.join("locks")).into_iter().flatten().flatten();
        let held = |path: PathBuf| {
            let key = StepKey::try_from(path.file_name()?.to_str()?.to_owned()).ok()?;
            let holder =
                || mu_file::bytes(&path, TEXT).map(|text| String::from_utf8_lossy(&text).into_owned());
            is_locked(&path).then(|| (key, holder().unwrap_or_default()))
        };
        locks.filter_map(|lock| held(lock.path())).collect()
    }

    /// Why a step has no object, when it failed.
    #[must_use]
    pub fn failure(&self, key: StepKey) -> Option<Failure> {
        serde_json::from_slice(&mu_file::bytes(&self.failure_path(key), TEXT).ok()?).ok()
    }

    /// Removes drafts whose writer died; a draft is live while its key is locked.
    pub fn sweep_drafts(&self) {
        let Ok(entries) = fs::read_dir(self.folders.root.join("drafts")) else { return };
        // Listed before the locks: a draft that is begun meanwhile is not among them.
        let entries: Vec<fs::DirEntry> = entries.flatten().collect();
        let Ok(locks) = fs::read_dir(self.folders.root.join("locks")) else { return };
        let locked: Vec<String> = locks
            .flatten()
            .filter(|l| is_locked(&l.path()))
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
            if !locked.iter().any(|key| key.get(..12).is_some_and(|short| name.starts_with(short))) {
                let _ = fs::remove_dir_all(entry.path()).or_else(|_| fs::remove_file(entry.path()));
            }
        }
    }
}

/// Whether a process holds a lock, or may hold it: one that cannot be looked at may.
pub(crate) fn is_locked(path: &Path) -> bool {
    match mu_file::open(path) {
        Ok(file) => file.try_lock_shared().is_err(),
        Err(error) => error.kind() != std::io::ErrorKind::NotFound,
    }
}

/// What is written, in JSON.
pub(crate) fn json<T: serde::Serialize>(value: &T) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec_pretty(value)
        .map_err(|e| StoreError::io("write", Path::new("a record"))(std::io::Error::other(e)))
}

/// The machine's name.
pub(crate) fn host() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    if name.trim().is_empty() { "this machine".to_owned() } else { name.trim().to_owned() }
}

#[cfg(test)]
mod faults;
#[cfg(test)]
mod tests;
