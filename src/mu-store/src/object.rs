//! The reading side.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

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

/// Larger files are not read through when an object is opened: who reads them verifies what is read.
pub const LARGE: u64 = 1 << 30;

/// BLAKE3 of a file, hex.
pub(crate) fn digest(path: &Path) -> std::io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(fs::File::open(path)?)?;
    Ok(hasher.finalize().to_hex().to_string())
}

/// A finished object, its bytes verified when it was opened.
#[derive(Clone, Debug)]
pub struct Object {
    folder: PathBuf,
    /// Where it comes from.
    pub meta: Meta,
}

impl Object {
    /// Opens the object in a folder and checks every file against its digest.
    pub(crate) fn open(folder: PathBuf) -> Result<Self, StoreError> {
        let damaged = |path: &Path, problem: String| StoreError::Damaged { path: path.to_owned(), problem };
        let at = folder.join("meta.json");
        let text = fs::read(&at).map_err(|e| damaged(&at, e.to_string()))?;
        let meta: Meta = serde_json::from_slice(&text).map_err(|e| damaged(&at, e.to_string()))?;
        let sum = fs::read_to_string(folder.join("meta.b3")).unwrap_or_default();
        if sum != blake3::hash(&text).to_hex().as_str() {
            return Err(damaged(&at, "its digest does not match".to_owned()));
        }
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
        fs::read(&path).map_err(StoreError::io("read", &path))
    }

    /// A JSON file of the object.
    ///
    /// # Errors
    /// Where the file is missing, unreadable or of another shape.
    pub fn json<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<T, StoreError> {
        let bytes = self.read(name)?;
        serde_json::from_slice(&bytes)
            .map_err(|e| StoreError::Damaged { path: self.folder.join(name), problem: e.to_string() })
    }
}
