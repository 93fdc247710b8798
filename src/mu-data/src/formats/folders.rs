//! Folders of images, one a class, in the order of their names (torchvision's ImageFolder): `train/CLASS/*.jpg` with `test/` or
//! `val/` beside it, or the classes at once where nothing is set aside for testing. Samples have the numbers that `ImageFolder` gives
//! them: class by class, in each by folder and name.

use std::path::{Path, PathBuf};

use super::disk;
use super::listing::{LeftOut, Listing, beside, images};
use crate::images::{Files, Piece};
use crate::{DataError, Part, Source};

/// Folders of the part that tests, the first that is there counts.
const TESTS: [&str; 4] = ["test", "val", "valid", "validation"];

/// The folders of the parts.
fn parts(root: &Path, left: &mut LeftOut) -> Result<(PathBuf, Option<PathBuf>), DataError> {
    let train = root.join("train");
    if !train.is_dir() {
        one_part(root)?;
        return Ok((root.to_owned(), None));
    }
    let train = disk::unnested(&train);
    let there = TESTS.iter().map(|n| root.join(n)).filter(|p| p.is_dir()).map(|p| disk::unnested(&p));
    let there: Vec<PathBuf> = there.collect();
    // A part without labels has no folders of the classes: the images lie in one folder.
    let trained: Vec<String> = classes(&train)?.iter().map(|c| disk::name_of(c)).collect();
    let is_labelled = |part: &PathBuf| {
        let found = disk::list(part, Path::is_dir).unwrap_or_default();
        !found.is_empty() && found.iter().all(|c| trained.contains(&disk::name_of(c)))
    };
    let test = there.iter().find(|part| is_labelled(part)).or(there.first()).cloned();
    for other in there.iter().filter(|other| Some(*other) != test.as_ref()) {
        let tests = test.as_deref().map(disk::name_of).unwrap_or_default();
        let why = if is_labelled(other) { "" } else { "it has no folders of the training classes, and " };
        left.say(format!("the folder {} is left out: {why}`{tests}` tests", other.display()));
    }
    Ok((train, test))
}

/// Folders of parts under other names would be read as classes.
fn one_part(root: &Path) -> Result<(), DataError> {
    let names: Vec<String> = disk::list(root, Path::is_dir)?.iter().map(|p| disk::name_of(p)).collect();
    let is_part = |n: &String| {
        let lower = n.to_lowercase();
        ["train", "training", "testing", "eval", "dev"].contains(&lower.as_str())
            || TESTS.contains(&lower.as_str())
    };
    if !names.is_empty() && names.iter().all(is_part) {
        let problem = format!(
            "has folders {}: the one that trains must be called `train`, the one that tests `test` or `val`",
            names.join(", ")
        );
        return Err(DataError::format(root, problem));
    }
    Ok(())
}

pub(crate) fn files(root: &Path) -> Result<Listing, DataError> {
    let mut all = Listing::default();
    let (train, test) = parts(root, &mut all.left)?;
    for part in std::iter::once(train).chain(test) {
        beside(&part, &mut all.left)?;
        for class in classes(&part)? {
            all.files.extend(images(&class, &mut all.left)?);
        }
    }
    Ok(all)
}

pub(crate) fn classes(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let found = disk::list(folder, Path::is_dir)?;
    if found.is_empty() {
        return Err(DataError::missing(folder, "folders of classes"));
    }
    Ok(found)
}

pub(crate) fn open(root: &Path) -> Result<Source, DataError> {
    let (train, test) = parts(root, &mut LeftOut::default())?;
    let names: Vec<String> = classes(&train)?.iter().map(|c| disk::name_of(c)).collect();
    Ok(Source { train: part(&train, &names)?, test: test.map(|t| part(&t, &names)).transpose()? })
}

/// The images of a folder whose classes are these.
pub(crate) fn part(folder: &Path, names: &[String]) -> Result<Part, DataError> {
    let (mut pieces, mut labels) = (Vec::new(), Vec::new());
    for class in classes(folder)? {
        let name = disk::name_of(&class);
        let label = names.iter().position(|n| *n == name).ok_or_else(|| {
            DataError::format(folder, format!("has a class `{name}` that the training part does not have"))
        })?;
        let images = images(&class, &mut LeftOut::default())?;
        if images.is_empty() {
            return Err(DataError::missing(&class, "images (jpg, png, tif, webp, bmp, ppm, pgm)"));
        }
        labels.extend(images.iter().map(|_| label as u32));
        pieces.extend(images.into_iter().map(Piece::whole));
    }
    Ok(Part::new(labels, Files(pieces)))
}
