//! Tiny ImageNet as its archive unpacks: `wnids.txt`, `train/WNID/images/*.JPEG`, `val/images/*.JPEG` with `val/val_annotations.txt`.
//! The validation part tests: the archive's own test part has no labels. Where `val` was sorted into folders, that is read too.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::disk::{either, name_of, unnested};
use super::listing::{LeftOut, Listing, flat_images, images};
use crate::images::{Files, Piece};
use crate::{DataError, Part, Source};

/// The folder, or the one that the archive makes.
fn home(root: &Path) -> PathBuf {
    let inner = root.join("tiny-imagenet-200");
    if inner.is_dir() { unnested(&inner) } else { root.to_owned() }
}

fn wnids(root: &Path) -> Result<Vec<String>, DataError> {
    let path = either(root, &["wnids.txt".to_owned()])?;
    let text = mu_file::text(&path).map_err(DataError::io(&path))?;
    // Sorted, as torchvision numbers folders.
    let mut found: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    found.sort();
    found.dedup();
    Ok(found)
}

fn of_class(root: &Path, wnid: &str, left: &mut LeftOut) -> Result<Vec<PathBuf>, DataError> {
    let folder = root.join("train").join(wnid);
    let inner = folder.join("images");
    let folder = if inner.is_dir() { inner } else { folder };
    let found = images(&folder, left)?;
    if found.is_empty() { Err(DataError::missing(&folder, "images")) } else { Ok(found) }
}

pub(crate) fn files(root: &Path) -> Result<Listing, DataError> {
    let root = home(root);
    let mut all = Listing::from(vec![either(&root, &["wnids.txt".to_owned()])?]);
    for wnid in wnids(&root)? {
        all.files.extend(of_class(&root, &wnid, &mut all.left)?);
    }
    let (paths, _) = validation(&root, &mut all.left)?;
    all.files.extend(paths);
    let annotations = root.join("val").join("val_annotations.txt");
    all.files.extend(annotations.is_file().then_some(annotations));
    Ok(all)
}

/// Images of the validation part with their classes.
fn validation(root: &Path, left: &mut LeftOut) -> Result<(Vec<PathBuf>, Vec<String>), DataError> {
    let val = root.join("val");
    let together = val.join("images");
    let flat = if together.is_dir() { flat_images(&together)? } else { Vec::new() };
    if flat.is_empty() {
        // Sorted by class; the folder that they came from may have stayed.
        let (mut paths, mut names) = (Vec::new(), Vec::new());
        for class in super::folders::classes(&val)?.into_iter().filter(|c| *c != together) {
            let inner = class.join("images");
            for image in images(if inner.is_dir() { &inner } else { &class }, left)? {
                paths.push(image);
                names.push(name_of(&class));
            }
        }
        return Ok((paths, names));
    }
    let at = either(&val, &["val_annotations.txt".to_owned()])?;
    let text = mu_file::text(&at).map_err(DataError::io(&at))?;
    let known: HashMap<&str, &str> = text
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((words.next()?, words.next()?))
        })
        .collect();
    let names: Result<Vec<String>, DataError> = flat
        .iter()
        .map(|path| {
            let name = name_of(path);
            let class = known.get(name.as_str());
            class
                .map(|c| (*c).to_owned())
                .ok_or_else(|| DataError::format(&at, format!("does not have `{name}`")))
        })
        .collect();
    Ok((flat, names?))
}

pub(crate) fn open(root: &Path) -> Result<Source, DataError> {
    let root = home(root);
    let wnids = wnids(&root)?;
    let (mut pieces, mut labels) = (Vec::new(), Vec::new());
    for (label, wnid) in wnids.iter().enumerate() {
        for image in of_class(&root, wnid, &mut LeftOut::default())? {
            pieces.push(Piece::whole(image));
            labels.push(label as u32);
        }
    }
    let (paths, names) = validation(&root, &mut LeftOut::default())?;
    let place = |name: &String| {
        let at = wnids.iter().position(|w| w == name).map(|at| at as u32);
        at.ok_or_else(|| DataError::format(&root.join("val"), format!("`{name}` is not among wnids.txt")))
    };
    let tested: Result<Vec<u32>, DataError> = names.iter().map(place).collect();
    let test = Part::new(tested?, Files(paths.into_iter().map(Piece::whole).collect()));
    Ok(Source { train: Part::new(labels, Files(pieces)), test: Some(test) })
}
