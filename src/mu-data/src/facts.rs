//! What can be known without decoding: digest and counts. Both are kept in the user's cache under a digest of the files' names,
//! sizes and times, so that large sets are read through once.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use mu_step::SourceKind;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::locate::cache;
use crate::{DataError, formats};

/// What can be known without decoding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// BLAKE3 of the bytes, hex.
    pub digest: String,
    /// Samples of the training part.
    pub train: usize,
    /// Samples of the test part, where there is one.
    pub test: Option<usize>,
}

impl Facts {
    /// Of a set that is not here.
    pub(crate) fn of(train: usize, test: Option<usize>) -> Self {
        Self { digest: String::new(), train, test }
    }
}

/// The digest and the counts of a data set.
///
/// # Errors
/// Where a file is missing, unreadable, or has no valid header.
pub fn facts(source: &SourceKind, root: Option<&Path>) -> Result<Facts, DataError> {
    let root = root.unwrap_or(Path::new("."));
    let files = formats::files(source, root)?;
    if files.is_empty() {
        let (digest, count) = formats::embedded();
        return Ok(Facts { digest, train: count, test: None });
    }
    let known = remembered(source, root, &files)?;
    if let Some(facts) = std::fs::read(&known).ok().and_then(|text| serde_json::from_slice(&text).ok()) {
        return Ok(facts);
    }
    let (train, test) = formats::counts(source, root)?;
    let facts = Facts { digest: digest(root, &files)?, train, test };
    // A cache that cannot be written is no error: the next plan reads the bytes again.
    if let (Some(folder), Ok(text)) = (known.parent(), serde_json::to_vec(&facts)) {
        let draft = known.with_extension(std::process::id().to_string());
        let _ = std::fs::create_dir_all(folder)
            .and_then(|()| std::fs::write(&draft, text))
            .and_then(|()| std::fs::rename(&draft, &known));
    }
    Ok(facts)
}

/// BLAKE3 over names and digests.
fn digest(root: &Path, files: &[PathBuf]) -> Result<String, DataError> {
    let each: Result<Vec<String>, DataError> = files.par_iter().map(|f| file_digest(f)).collect();
    let mut hasher = blake3::Hasher::new();
    for (file, digest) in files.iter().zip(each?) {
        let name = file.strip_prefix(root).unwrap_or(file);
        hasher.update(format!("{} {digest}\n", name.display()).as_bytes());
    }
    Ok(hasher.finalize().to_hex().to_string())
}

/// Where the facts of these very files are kept.
fn remembered(source: &SourceKind, root: &Path, files: &[PathBuf]) -> Result<PathBuf, DataError> {
    let each: Result<Vec<String>, DataError> = files
        .par_iter()
        .map(|file| {
            let meta = std::fs::metadata(file).map_err(DataError::io(file))?;
            let time =
                meta.modified().ok().and_then(|t| t.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
            Ok(format!("{} {} {}", file.display(), meta.len(), time.as_nanos()))
        })
        .collect();
    let root = root.canonicalize().map_err(DataError::io(root))?;
    let text = format!("1\n{source:?}\n{}\n{}", root.display(), each?.join("\n"));
    let name = blake3::hash(text.as_bytes()).to_hex().to_string();
    Ok(cache().join("mu").join("facts").join(format!("{name}.json")))
}

/// The BLAKE3 digest of a file.
///
/// # Errors
/// Where it cannot be read.
pub fn file_digest(path: &Path) -> Result<String, DataError> {
    let file = File::open(path).map_err(DataError::io(path))?;
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(file).map_err(DataError::io(path))?;
    Ok(hasher.finalize().to_hex().to_string())
}
