//! Files and folders of data sets, and labels in them.

use std::path::{Path, PathBuf};

use crate::DataError;

/// A folder, or, where all that it holds is one folder of its own name, that one: so archives are often unpacked.
pub(super) fn unnested(folder: &Path) -> PathBuf {
    let mut at = folder.to_owned();
    for _ in 0..DOUBLED {
        let Ok(entries) = std::fs::read_dir(&at) else { break };
        let kept = |p: &PathBuf| !name_of(p).starts_with('.') && name_of(p) != "__MACOSX";
        let inside: Vec<PathBuf> =
            entries.filter_map(|e| Some(e.ok()?.path())).filter(kept).take(2).collect();
        match inside.as_slice() {
            [only] if only.is_dir() && at.file_name() == only.file_name() => at.clone_from(only),
            _ => break,
        }
    }
    at
}

/// How often a folder is looked for in one of its own name.
const DOUBLED: usize = 3;

/// The first of these that is a file.
pub(super) fn either(root: &Path, names: &[String]) -> Result<PathBuf, DataError> {
    names
        .iter()
        .map(|name| root.join(name))
        .find(|p| p.is_file())
        .ok_or_else(|| DataError::missing(root, names.join(", nor ")))
}

/// The names in a folder that a test accepts, sorted.
pub(super) fn list(folder: &Path, wanted: impl Fn(&Path) -> bool) -> Result<Vec<PathBuf>, DataError> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(DataError::io(folder))? {
        let path = entry.map_err(DataError::io(folder))?.path();
        let hidden = path.file_name().is_none_or(|n| n.to_string_lossy().starts_with('.'));
        if !hidden && wanted(&path) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

pub(super) fn name_of(path: &Path) -> String {
    path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}

pub(super) fn labels(numbers: impl IntoIterator<Item = i64>, path: &Path) -> Result<Vec<u32>, DataError> {
    let one = |n: i64| {
        u32::try_from(n).map_err(|_| DataError::format(path, format!("a label is {n}; labels count from 0")))
    };
    numbers.into_iter().map(one).collect()
}
