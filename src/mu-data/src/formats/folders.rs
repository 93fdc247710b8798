//! Folders of images, one a class, in the order of their names (torchvision's ImageFolder): `train/CLASS/*.jpg` with `test/` or
//! `val/` beside it, or the classes at once where nothing is set aside for testing.

use std::path::{Path, PathBuf};

use crate::images::{Files, Piece};
use crate::{DataError, Part, Source};

/// The folders of the parts.
fn parts(root: &Path) -> (PathBuf, Option<PathBuf>) {
    let train = root.join("train");
    if !train.is_dir() {
        return (root.to_owned(), None);
    }
    let test = ["test", "val", "valid", "validation"].iter().map(|n| root.join(n)).find(|p| p.is_dir());
    (train, test)
}

pub(crate) fn files(root: &Path) -> Result<Vec<PathBuf>, DataError> {
    let (train, test) = parts(root);
    let mut all = Vec::new();
    for part in std::iter::once(train).chain(test) {
        for class in classes(&part)? {
            all.extend(super::list(&class, super::is_image)?);
        }
    }
    Ok(all)
}

pub(crate) fn classes(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let found = super::list(folder, Path::is_dir)?;
    if found.is_empty() {
        return Err(DataError::missing(folder, "folders of classes"));
    }
    Ok(found)
}

pub(crate) fn open(root: &Path) -> Result<Source, DataError> {
    let (train, test) = parts(root);
    let names: Vec<String> = classes(&train)?.iter().map(|c| super::name_of(c)).collect();
    Ok(Source { train: part(&train, &names)?, test: test.map(|t| part(&t, &names)).transpose()? })
}

/// The images of a folder whose classes are these.
pub(crate) fn part(folder: &Path, names: &[String]) -> Result<Part, DataError> {
    let (mut pieces, mut labels) = (Vec::new(), Vec::new());
    for class in classes(folder)? {
        let name = super::name_of(&class);
        let label = names.iter().position(|n| *n == name).ok_or_else(|| {
            DataError::format(folder, format!("has a class `{name}` that the training part does not have"))
        })?;
        let images = super::list(&class, super::is_image)?;
        if images.is_empty() {
            return Err(DataError::missing(&class, "images (jpg, png, webp, bmp)"));
        }
        labels.extend(images.iter().map(|_| label as u32));
        pieces.extend(images.into_iter().map(Piece::whole));
    }
    Ok(Part::new(labels, Files(pieces)))
}
