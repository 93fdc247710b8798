//! The reading side.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use mu_file::{NUMBERS, TEXT};
use mu_step::{StepKey, StepSpec};
use serde::{Deserialize, Serialize};

use crate::StoreError;

/// Where an object comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Meta {
    /// The step that made it.
    pub spec: serde_json::Value,
    /// mu's version.
    pub mu: String,
    /// Device, threads, libtorch and the like.
    pub environment: BTreeMap<String, String>,
    /// Wall time of the kernel, seconds.
    pub seconds: f64,
    /// About how many multiplications and additions it took.
    #[serde(default)]
    pub flops: f64,
    /// The most memory that its process had, bytes.
    #[serde(default)]
    pub peak: Option<u64>,
    /// The most memory of a GPU that it had, bytes.
    #[serde(default)]
    pub device_peak: Option<u64>,
    /// When it was made, seconds since 1970 by the machine's clock.
    #[serde(default)]
    pub made: u64,
    /// BLAKE3 of each file, hex.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
}

impl Meta {
    /// Reads what the object in a folder says of itself: whole, of the step with that key, and with the files that such a step makes.
    pub(crate) fn read(folder: &Path, key: StepKey) -> Result<Self, StoreError> {
        let at = folder.join("meta.json");
        let damaged = |problem: String| StoreError::Damaged { path: at.clone(), problem };
        let text = mu_file::bytes(&at, TEXT).map_err(|e| damaged(e.to_string()))?;
        let meta: Meta = serde_json::from_slice(&text).map_err(|e| damaged(e.to_string()))?;
        let sum = mu_file::bytes(&folder.join("meta.b3"), TEXT).unwrap_or_default();
        if sum != blake3::hash(&text).to_hex().as_bytes() {
            return Err(damaged("its digest does not match".to_owned()));
        }
        meta.is_of(key).map_err(damaged)?;
        Ok(meta)
    }

    /// Whether it is of the step with that key, and lists the files that such a step makes; what is wrong, in words.
    pub(crate) fn is_of(&self, key: StepKey) -> Result<(), String> {
        match serde_json::from_value::<StepSpec>(self.spec.clone()) {
            Ok(spec) if spec.key() == key => {
                if let Some(name) = spec.files().iter().find(|name| !self.files.contains_key(**name)) {
                    return Err(format!("it has no {name}"));
                }
            }
            // An earlier version told steps in words that are gone: what lies in the object is still held by its digests.
            Err(_)
                if self.spec.get("step").is_some_and(serde_json::Value::is_string)
                    && !self.files.is_empty() => {}
            Ok(_) | Err(_) => return Err("its key is not that of the step that it says made it".to_owned()),
        }
        match self.files.keys().find(|name| !is_plain(name)) {
            Some(name) => Err(format!("it lists a file that is not its own: {name}")),
            None => Ok(()),
        }
    }
}

/// Whether a name is that of a file in an object's own folder.
fn is_plain(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    matches!(parts.next(), Some(Component::Normal(part)) if part == name) && parts.next().is_none()
}

/// Larger files are not read through when an object is opened: who reads them verifies what is read.
pub const LARGE: u64 = 1 << 30;

/// BLAKE3 of a file, hex.
pub(crate) fn digest(path: &Path) -> std::io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(mu_file::open(path)?)?;
    Ok(hasher.finalize().to_hex().to_string())
}

/// A finished object, its key and its bytes verified when it was opened.
#[derive(Clone, Debug)]
pub struct Object {
    folder: PathBuf,
    /// Where it comes from.
    pub meta: Meta,
}

impl Object {
    /// Opens the object of a key in a folder: it must be what the key says, and every file what was written.
    pub(crate) fn open(folder: PathBuf, key: StepKey) -> Result<Self, StoreError> {
        let meta = Meta::read(&folder, key)?;
        let damaged = |path: &Path, problem: String| StoreError::Damaged { path: path.to_owned(), problem };
        for (name, digest) in &meta.files {
            let path = folder.join(name);
            let length = fs::metadata(&path).map_err(|e| damaged(&path, e.to_string()))?.len();
            if length > LARGE {
                continue;
            }
            let found = self::digest(&path).map_err(|e| damaged(&path, e.to_string()))?;
            if found != *digest {
                return Err(damaged(&path, "its digest does not match".to_owned()));
            }
        }
        Ok(Self { folder, meta })
    }

    /// Reads the files through that were too large to be verified when it was opened.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where one is not what was written.
    pub fn verify_large(&self) -> Result<(), StoreError> {
        for (name, digest) in &self.meta.files {
            let path = self.folder.join(name);
            let large = fs::metadata(&path).is_ok_and(|m| m.len() > LARGE);
            if large && self::digest(&path).map_err(StoreError::io("read", &path))? != *digest {
                let problem = "its digest does not match".to_owned();
                return Err(StoreError::Damaged { path, problem });
            }
        }
        Ok(())
    }

    /// Where one of its files lies.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Whether it has a file of that name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.meta.files.contains_key(name)
    }

    /// The bytes of one of its files.
    ///
    /// # Errors
    /// Where the file is missing or unreadable.
    pub fn read(&self, name: &str) -> Result<Vec<u8>, StoreError> {
        let path = self.folder.join(name);
        mu_file::bytes(&path, NUMBERS).map_err(StoreError::io("read", &path))
    }
}
