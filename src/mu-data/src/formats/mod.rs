//! The layouts in which data sets lie on disk, one file each.

mod celeba;
mod cifar;
mod digits;
mod disk;
mod folders;
mod idx;
mod imagenet;
mod listing;
mod npz;
mod parquet;
mod svhn;
mod tiny_imagenet;
mod unlearn_canvas;

use std::path::Path;

use mu_step::SourceKind;

use crate::{DataError, Source};
use disk::unnested;
pub(crate) use listing::Listing;

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
