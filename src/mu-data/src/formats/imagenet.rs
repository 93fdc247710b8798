//! ImageNet (ILSVRC 2012) in the forms in which people have it:
//!
//! - `train/WNID/*.JPEG` and `val/WNID/*.JPEG`;
//! - the archives: `ILSVRC2012_img_train.tar`, which holds a tar archive for each class, or those in a folder `train/`;
//! - Kaggle's: `ILSVRC/Data/CLS-LOC/{train,val}` with `LOC_val_solution.csv`, whose validation images lie in one folder;
//! - WebDataset shards: `*train*.tar` and `*val*.tar` with KEY.jpg and KEY.cls.
//!
//! Classes are numbered in the order of their WNIDs. The validation part tests. Archives are read where they lie.

use std::collections::HashMap;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::disk::{list, name_of};
use super::folders;
use super::listing::{Listing, flat_images, has_image_name, images};
use crate::images::{Files, Piece};
use crate::{DataError, Part, Source};

const TRAIN_TAR: &str = "ILSVRC2012_img_train.tar";
const SOLUTION: &str = "LOC_val_solution.csv";

/// What was found.
enum Found {
    /// Folders of the parts.
    Folders { train: PathBuf, val: PathBuf, solution: Option<PathBuf> },
    /// A tar archive a class, or one with all of those; folders for validation.
    Archives { train: Vec<PathBuf>, val: PathBuf, solution: Option<PathBuf> },
    /// Shards of pairs.
    Shards { train: Vec<PathBuf>, val: Vec<PathBuf> },
}

fn is_tar(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "tar") && path.is_file()
}

fn find(root: &Path) -> Result<Found, DataError> {
    let kaggle = root.join("ILSVRC/Data/CLS-LOC");
    let home = if kaggle.is_dir() { kaggle } else { root.to_owned() };
    let solution = [home.join(SOLUTION), root.join(SOLUTION)].into_iter().find(|p| p.is_file());
    let (train, val) = (home.join("train"), home.join("val"));
    if train.is_dir() && val.is_dir() {
        let tars = list(&train, is_tar)?;
        return Ok(match tars.is_empty() {
            true => Found::Folders { train, val, solution },
            false => Found::Archives { train: tars, val, solution },
        });
    }
    let whole = root.join(TRAIN_TAR);
    if whole.is_file() && val.is_dir() {
        return Ok(Found::Archives { train: vec![whole], val, solution });
    }
    let tars = list(root, is_tar)?;
    let named = |word: &str| tars.iter().filter(|p| name_of(p).contains(word)).cloned().collect::<Vec<_>>();
    let (train, val) = (named("train"), named("val"));
    if train.is_empty() || val.is_empty() {
        let wants =
            format!("folders train and val, {TRAIN_TAR} beside val, nor shards *train*.tar and *val*.tar");
        return Err(DataError::missing(root, wants));
    }
    Ok(Found::Shards { train, val })
}

pub(crate) fn files(root: &Path) -> Result<Listing, DataError> {
    let of_folder = |folder: &Path, all: &mut Listing| -> Result<(), DataError> {
        all.files.extend(flat_images(folder)?);
        for class in list(folder, Path::is_dir)? {
            all.files.extend(images(&class, &mut all.left)?);
        }
        Ok(())
    };
    let mut all = Listing::default();
    match find(root)? {
        Found::Folders { train, val, solution } => {
            of_folder(&train, &mut all)?;
            of_folder(&val, &mut all)?;
            all.files.extend(solution);
        }
        Found::Archives { train, val, solution } => {
            all.files.extend(train);
            of_folder(&val, &mut all)?;
            all.files.extend(solution);
        }
        Found::Shards { train, val } => all.files.extend(train.into_iter().chain(val)),
    }
    Ok(all)
}

pub(crate) fn open(root: &Path) -> Result<Source, DataError> {
    match find(root)? {
        Found::Folders { train, val, solution } => {
            let names: Vec<String> = folders::classes(&train)?.iter().map(|c| name_of(c)).collect();
            let test = validation(&val, solution.as_deref(), &names)?;
            Ok(Source { train: folders::part(&train, &names)?, test: Some(test) })
        }
        Found::Archives { train, val, solution } => {
            let mut classes = Vec::new();
            for path in &train {
                classes.extend(archives(path)?);
            }
            classes.sort_by(|a, b| a.0.cmp(&b.0));
            let names: Vec<String> = classes.iter().map(|(name, _)| name.clone()).collect();
            let (mut pieces, mut labels) = (Vec::new(), Vec::new());
            for (label, (_, images)) in classes.into_iter().enumerate() {
                if images.is_empty() {
                    return Err(DataError::missing(root, format!("images of {}", names[label])));
                }
                labels.extend(images.iter().map(|_| label as u32));
                pieces.extend(images);
            }
            let test = validation(&val, solution.as_deref(), &names)?;
            Ok(Source { train: Part::new(labels, Files(pieces)), test: Some(test) })
        }
        Found::Shards { train, val } => Ok(Source { train: shards(&train)?, test: Some(shards(&val)?) }),
    }
}

/// Folders of classes, or one folder with a table.
fn validation(val: &Path, solution: Option<&Path>, names: &[String]) -> Result<Part, DataError> {
    let flat = flat_images(val)?;
    if flat.is_empty() {
        return folders::part(val, names);
    }
    let at = solution
        .ok_or_else(|| DataError::missing(val, format!("folders of classes, and there is no {SOLUTION}")))?;
    let bad = |problem: String| DataError::format(at, problem);
    let mut known = HashMap::new();
    let mut reader = csv::Reader::from_path(at).map_err(|e| bad(e.to_string()))?;
    for record in reader.records() {
        let record = record.map_err(|e| bad(e.to_string()))?;
        if let (Some(id), Some(class)) =
            (record.get(0), record.get(1).and_then(|p| p.split_whitespace().next()))
        {
            known.insert(id.to_owned(), class.to_owned());
        }
    }
    let label = |path: &PathBuf| {
        let id = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        let class = known.get(&id).ok_or_else(|| bad(format!("does not have `{id}`")))?;
        let at = names.iter().position(|n| n == class);
        at.map(|at| at as u32).ok_or_else(|| bad(format!("`{class}` is no class of the training part")))
    };
    let labels: Result<Vec<u32>, DataError> = flat.iter().map(label).collect();
    Ok(Part::new(labels?, Files(flat.into_iter().map(Piece::whole).collect())))
}

/// An entry of an archive: name, place, length.
type Entry = (String, u64, u64);

fn entries(path: &Path, from: u64, length: u64) -> Result<Vec<Entry>, DataError> {
    let mut file = mu_file::open(path).map_err(DataError::io(path))?;
    file.seek(SeekFrom::Start(from)).map_err(DataError::io(path))?;
    let bad =
        |e: std::io::Error| DataError::format(path, format!("the tar archive is damaged or cut short: {e}"));
    let mut archive = tar::Archive::new(file.take(length));
    let mut found = Vec::new();
    for entry in archive.entries().map_err(bad)? {
        let entry = entry.map_err(bad)?;
        if entry.header().entry_type().is_file() {
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let (at, size) = (from + entry.raw_file_position(), entry.size());
            if entry.raw_file_position() + size > length {
                return Err(DataError::format(path, format!("the tar archive is cut short within `{name}`")));
            }
            found.push((name, at, size));
        }
    }
    Ok(found)
}

/// The classes of an archive: its own name and images, or those of the archives in it.
fn archives(path: &Path) -> Result<Vec<(String, Vec<Piece>)>, DataError> {
    let shared = Arc::new(path.to_owned());
    let length = std::fs::metadata(path).map_err(DataError::io(path))?.len();
    let pieces = |entries: Vec<Entry>| {
        let mut images: Vec<Entry> = entries.into_iter().filter(|(name, ..)| has_image_name(name)).collect();
        // As in folders: the number of a sample does not depend on how an archive was made.
        images.sort_by(|a, b| a.0.cmp(&b.0));
        let piece = |(_, at, size): Entry| Piece { path: Arc::clone(&shared), range: Some((at, size)) };
        images.into_iter().map(piece).collect::<Vec<_>>()
    };
    let stem = |name: &str| name.rsplit('/').next().unwrap_or(name).trim_end_matches(".tar").to_owned();
    let outer = entries(path, 0, length)?;
    if outer.iter().any(|(name, ..)| name.ends_with(".tar")) {
        let inner = outer.into_iter().filter(|(name, ..)| name.ends_with(".tar"));
        return inner.map(|(name, at, size)| Ok((stem(&name), pieces(entries(path, at, size)?)))).collect();
    }
    Ok(vec![(stem(&name_of(path)), pieces(outer))])
}

/// Images with the number in the file of the same name.
fn shards(paths: &[PathBuf]) -> Result<Part, DataError> {
    let (mut pieces, mut labels) = (Vec::new(), Vec::new());
    for path in paths {
        let length = std::fs::metadata(path).map_err(DataError::io(path))?.len();
        let shared = Arc::new(path.clone());
        let entries = entries(path, 0, length)?;
        let key = |name: &str| name.rsplit_once('.').map_or(name.to_owned(), |(key, _)| key.to_owned());
        let mut file = mu_file::open(path).map_err(DataError::io(path))?;
        let mut classes = HashMap::new();
        for (name, at, size) in entries.iter().filter(|(name, ..)| name.ends_with(".cls")) {
            let mut text = String::new();
            file.seek(SeekFrom::Start(*at)).map_err(DataError::io(path))?;
            file.by_ref().take((*size).min(64)).read_to_string(&mut text).map_err(DataError::io(path))?;
            let class: u32 =
                text.trim().parse().map_err(|_| DataError::format(path, format!("{name} is no number")))?;
            classes.insert(key(name), class);
        }
        for (name, at, size) in entries.iter().filter(|(name, ..)| has_image_name(name)) {
            let class = classes.get(&key(name));
            labels.push(
                *class.ok_or_else(|| DataError::format(path, format!("{name} has no .cls beside it")))?,
            );
            pieces.push(Piece { path: Arc::clone(&shared), range: Some((*at, *size)) });
        }
        if classes.is_empty() {
            return Err(DataError::format(path, "holds no images with classes (KEY.jpg and KEY.cls)"));
        }
    }
    Ok(Part::new(labels, Files(pieces)))
}
