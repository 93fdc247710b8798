//! The layouts in which data sets lie on disk, one file each.

mod celeba;
mod cifar;
mod digits;
mod folders;
mod idx;
mod imagenet;
mod listing;
mod npz;
mod parquet;
mod svhn;
mod tiny_imagenet;
mod unlearn_canvas;

use std::path::{Path, PathBuf};

use mu_step::SourceKind;

use crate::{DataError, Source};
pub(crate) use listing::{Listing, has_image_name};

/// The files whose bytes a data set is, in a fixed order; none where it ships with mu.
pub(crate) fn files(source: &SourceKind, root: &Path) -> Result<Listing, DataError> {
    if !matches!(source, SourceKind::Digits) && !root.exists() {
        let error = std::io::Error::new(std::io::ErrorKind::NotFound, "no such folder");
        return Err(DataError::io(root)(error));
    }
    let root = &unnested(root);
    Ok(match source {
        SourceKind::Digits => Listing::default(),
        SourceKind::Idx => idx::files(root)?.into(),
        SourceKind::Cifar10 => cifar::TEN.files(root)?.into(),
        SourceKind::Cifar100 | SourceKind::Cifar100Coarse => cifar::HUNDRED.files(root)?.into(),
        SourceKind::Svhn => svhn::files(root)?.into(),
        SourceKind::Npz => npz::files(root)?,
        SourceKind::Folders => folders::files(root)?,
        SourceKind::TinyImagenet => tiny_imagenet::files(root)?,
        SourceKind::Imagenet => imagenet::files(root)?,
        SourceKind::Parquet { label } => parquet::files(root, label.as_deref())?,
        SourceKind::Celeba { .. } => celeba::files(root)?.into(),
        SourceKind::UnlearnCanvas { .. } => unlearn_canvas::files(root)?,
    })
}

/// Labels, and where the images are.
pub(crate) fn open(source: &SourceKind, root: &Path) -> Result<Source, DataError> {
    let root = &unnested(root);
    match source {
        SourceKind::Digits => digits::open(),
        SourceKind::Idx => idx::open(root),
        SourceKind::Cifar10 => cifar::TEN.open(root),
        SourceKind::Cifar100 => cifar::HUNDRED.open(root),
        SourceKind::Cifar100Coarse => cifar::TWENTY.open(root),
        SourceKind::Svhn => svhn::open(root),
        SourceKind::Npz => npz::open(root),
        SourceKind::Folders => folders::open(root),
        SourceKind::TinyImagenet => tiny_imagenet::open(root),
        SourceKind::Imagenet => imagenet::open(root),
        SourceKind::Parquet { label } => parquet::open(root, label.as_deref()),
        SourceKind::Celeba { attribute } => celeba::open(root, attribute),
        SourceKind::UnlearnCanvas { by_style } => unlearn_canvas::open(root, *by_style),
    }
}

/// Samples of both parts.
pub(crate) fn counts(source: &SourceKind, root: &Path) -> Result<(usize, Option<usize>), DataError> {
    let found = match source {
        // A header says as much.
        SourceKind::Idx => return idx::counts(&unnested(root)),
        other => open(other, root)?,
    };
    Ok((found.train.len(), found.test.map(|t| t.len())))
}

/// Digest and count of what ships with mu.
pub(crate) fn embedded() -> (String, usize) {
    digits::facts()
}

/// A folder, or, where all that it holds is one folder of its own name, that one: so archives are often unpacked.
fn unnested(folder: &Path) -> PathBuf {
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
fn either(root: &Path, names: &[String]) -> Result<PathBuf, DataError> {
    names
        .iter()
        .map(|name| root.join(name))
        .find(|p| p.is_file())
        .ok_or_else(|| DataError::missing(root, names.join(", nor ")))
}

/// The names in a folder that a test accepts, sorted.
fn list(folder: &Path, wanted: impl Fn(&Path) -> bool) -> Result<Vec<PathBuf>, DataError> {
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

fn name_of(path: &Path) -> String {
    path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}

fn labels(numbers: impl IntoIterator<Item = i64>, path: &Path) -> Result<Vec<u32>, DataError> {
    let one = |n: i64| {
        u32::try_from(n).map_err(|_| DataError::format(path, format!("a label is {n}; labels count from 0")))
    };
    numbers.into_iter().map(one).collect()
}
