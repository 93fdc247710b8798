//! What can be known without decoding: digest and counts. Both are kept in the user's cache under a stamp of the files, so that large
//! sets are read through once. The stamp has each file's name, size, place on its disk, and both of its times. The time of a file's last
//! modification can be set, and is, by `cp -p`, `rsync -t` and archives; that of its last change of any kind is the system's own.

use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mu_step::{Facts, SourceKind};
use rayon::prelude::*;

use crate::locate::cache;
use crate::{DataError, formats};

/// The digest and the counts of a data set.
///
/// # Errors
/// Where a file is missing, unreadable, or has no valid header.
pub fn facts(source: &SourceKind, root: Option<&Path>) -> Result<Facts, DataError> {
    let root = root.unwrap_or(Path::new("."));
    let found = formats::files(source, root)?;
    let (files, left_out) = (&found.files, found.left.notes());
    if files.is_empty() {
        let (digest, count) = formats::embedded();
        return Ok(Facts { digest, train: count, test: None, left_out });
    }
    let stamp = Stamp::of(source, root, files)?;
    let known = cache().join("mu").join("facts").join(format!("{}.json", stamp.digest));
    let kept = mu_file::bytes(&known, mu_file::TEXT)
        .ok()
        .and_then(|text| serde_json::from_slice::<Facts>(&text).ok());
    if let Some(facts) = kept {
        return Ok(Facts { left_out, ..facts });
    }
    let (train, test) = formats::counts(source, root)?;
    let facts = Facts { digest: digest(root, files)?, train, test, left_out: Vec::new() };
    if Stamp::of(source, root, files)? != stamp {
        return Err(DataError::format(root, "its files changed while they were read; run it again"));
    }
    // A cache that cannot be written is no error: the next plan reads the bytes again.
    if let (true, Some(folder), Ok(text)) = (stamp.is_settled(), known.parent(), serde_json::to_vec(&facts)) {
        // Beside, and renamed: a link under that name is replaced, not followed.
        let _ = std::fs::create_dir_all(folder).and_then(|()| {
            let mut draft = tempfile::NamedTempFile::new_in(folder)?;
            draft.write_all(&text)?;
            draft.persist(&known).map(drop).map_err(|e| e.error)
        });
    }
    Ok(Facts { left_out, ..facts })
}

/// What tells whether any file of a data set changed, without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    digest: String,
    /// When one of the files changed last.
    newest: SystemTime,
}

/// A file that changed less than so long ago may change again without another time: clocks of file systems are coarse.
const COARSE: Duration = Duration::from_secs(2);

impl Stamp {
    /// The stamp of a data set's files as they are now.
    ///
    /// # Errors
    /// Where a file is missing.
    pub fn now(source: &SourceKind, root: Option<&Path>) -> Result<Self, DataError> {
        let root = root.unwrap_or(Path::new("."));
        Self::of(source, root, &formats::files(source, root)?.files)
    }

    fn of(source: &SourceKind, root: &Path, files: &[PathBuf]) -> Result<Self, DataError> {
        let each: Result<Vec<(String, SystemTime)>, DataError> = files
            .par_iter()
            .map(|file| {
                let meta = std::fs::metadata(file).map_err(DataError::io(file))?;
                let (place, size) = (format!("{} {}", meta.dev(), meta.ino()), meta.len());
                let modified = format!("{}.{:09}", meta.mtime(), meta.mtime_nsec());
                let changed = format!("{}.{:09}", meta.ctime(), meta.ctime_nsec());
                let at = UNIX_EPOCH + Duration::from_secs(meta.ctime().try_into().unwrap_or(0));
                Ok((format!("{} {size} {place} {modified} {changed}", file.display()), at))
            })
            .collect();
        let each = each?;
        let newest = each.iter().map(|(_, at)| *at).max().unwrap_or(UNIX_EPOCH);
        let lines: Vec<String> = each.into_iter().map(|(line, _)| line).collect();
        let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        let text = format!("2\n{source:?}\n{}\n{}", root.display(), lines.join("\n"));
        Ok(Self { digest: blake3::hash(text.as_bytes()).to_hex().to_string(), newest })
    }

    /// Whether the files can be known by it later.
    fn is_settled(&self) -> bool {
        SystemTime::now().duration_since(self.newest).is_ok_and(|age| age > COARSE)
    }
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

/// The BLAKE3 digest of a file.
///
/// # Errors
/// Where it cannot be read.
pub fn file_digest(path: &Path) -> Result<String, DataError> {
    let file = mu_file::open(path).map_err(DataError::io(path))?;
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(file).map_err(DataError::io(path))?;
    Ok(hasher.finalize().to_hex().to_string())
}
