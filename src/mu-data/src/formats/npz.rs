//! A NumPy archive of arrays: images [n, h, w] or [n, h, w, c] (or [n, c, h, w]) of bytes and labels [n] or [n, 1], under the names of
//! Keras (`x_train`), MedMNIST (`train_images`), or `images` and `labels` where nothing is set aside for testing.

use std::path::{Path, PathBuf};

use super::disk;
use super::listing::Listing;
use crate::images::{Archive, Zipped, entry};
use crate::list::{self, Numbers};
use crate::{DataError, Part, Planes, Source};

const TRAIN: [(&str, &str); 4] =
    [("x_train", "y_train"), ("train_images", "train_labels"), ("images", "labels"), ("X", "y")];
const TEST: [(&str, &str); 2] = [("x_test", "y_test"), ("test_images", "test_labels")];

pub(crate) fn files(root: &Path) -> Result<Listing, DataError> {
    let path = find(root)?;
    let names = names(&Zipped::open(&path)?);
    let mut all = Listing::from(vec![path]);
    let read: Vec<&str> = [pair(&names, &TRAIN), pair(&names, &TEST)]
        .into_iter()
        .flatten()
        .flat_map(|(images, labels)| [*images, *labels])
        .collect();
    for other in names.iter().filter(|n| !read.is_empty() && !read.contains(&n.trim_end_matches(".npy"))) {
        all.left.say(format!("the array `{}` is left out", other.trim_end_matches(".npy")));
    }
    Ok(all)
}

fn names(archive: &Archive) -> Vec<String> {
    archive.file_names().filter_map(|n| Some(n.ok()?.into_owned())).collect()
}

/// The first pair of names that an archive has both of.
fn pair<'p>(names: &[String], pairs: &'p [(&'p str, &'p str)]) -> Option<&'p (&'p str, &'p str)> {
    let has = |name: &str| names.iter().any(|have| have.strip_suffix(".npy") == Some(name));
    pairs.iter().find(|(images, labels)| has(images) && has(labels))
}

fn find(root: &Path) -> Result<PathBuf, DataError> {
    if root.is_file() {
        return Ok(root.to_owned());
    }
    let mut found = disk::list(root, |p| p.extension().is_some_and(|e| e == "npz"))?;
    match found.len() {
        1 => Ok(found.swap_remove(0)),
        0 => Err(DataError::missing(root, ".npz file")),
        n => Err(DataError::format(root, format!("has {n} .npz files: name one of them as `root`"))),
    }
}

pub(crate) fn open(root: &Path) -> Result<Source, DataError> {
    let path = find(root)?;
    let mut archive = Zipped::open(&path)?;
    let names = names(&archive);
    let Some(train) = pair(&names, &TRAIN) else {
        let wants: Vec<String> = TRAIN.iter().map(|(x, y)| format!("{x} and {y}")).collect();
        let problem = format!("has {}; mu reads {}", names.join(", "), wants.join(", or "));
        return Err(DataError::format(&path, problem));
    };
    let train = part(&path, &mut archive, train)?;
    let test = pair(&names, &TEST).map(|pair| part(&path, &mut archive, pair)).transpose()?;
    Ok(Source { train, test })
}

fn part(path: &Path, archive: &mut Archive, (images, labels): &(&str, &str)) -> Result<Part, DataError> {
    let bad = |name: &str, problem: String| DataError::format(path, format!("{name}: {problem}"));
    let mut read = |name: &str| entry(archive, &format!("{name}.npy")).map_err(|e| bad(name, e));
    let (pixels, numbers) = (read(images)?, read(labels)?);
    let file = mu_file::npy(&pixels).map_err(|e| bad(images, e))?;
    let (shape, fortran) = (file.shape().to_vec(), file.order() == npyz::Order::Fortran);
    let mut data: Vec<u8> = file.into_vec().map_err(|e| bad(images, format!("it holds no bytes: {e}")))?;
    if fortran {
        return Err(bad(images, "arrays in column order are not read".to_owned()));
    }
    let sizes: Vec<usize> = shape.iter().map(|s| *s as usize).collect();
    let (count, shape) = match sizes.as_slice() {
        &[n, h, w] => (n, [1, h, w]),
        &[n, c @ (1 | 3), h, w] if h > 3 => (n, [c, h, w]),
        &[n, h, w, c @ (1 | 3)] => {
            data = planes(&data, n, [c, h, w]);
            (n, [c, h, w])
        }
        other => return Err(bad(images, format!("sizes {other:?} are none of images"))),
    };
    let (sizes, numbers) = list::npy(&numbers).map_err(|e| bad(labels, e))?;
    let numbers = match numbers {
        Numbers::List(numbers) if sizes.iter().filter(|s| **s != 1).count() <= 1 => numbers,
        Numbers::List(_) => {
            return Err(bad(labels, format!("sizes {sizes:?} are none of labels: one number an image")));
        }
        Numbers::Mask(_) => return Err(bad(labels, "it holds booleans, no labels".to_owned())),
    };
    if numbers.len() != count {
        return Err(bad(labels, format!("has {} labels for {count} images", numbers.len())));
    }
    Ok(Part::new(disk::labels(numbers, path)?, Planes { count, shape, pixels: data }))
}

/// Channels innermost → one plane after the other.
fn planes(data: &[u8], count: usize, [c, h, w]: [usize; 3]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len());
    for image in 0..count {
        let pixels = &data[image * c * h * w..(image + 1) * c * h * w];
        for plane in 0..c {
            out.extend(pixels.iter().skip(plane).step_by(c));
        }
    }
    out
}
