//! A NumPy archive of arrays: images [n, h, w] or [n, h, w, c] (or [n, c, h, w]) of bytes and labels [n] or [n, 1], under the names of
//! Keras (`x_train`), MedMNIST (`train_images`), or `images` and `labels` where nothing is set aside for testing.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use npyz::{DType, NpyFile};

use crate::images::{Archive, Zipped, entry};
use crate::{DataError, Part, Planes, Source};

const TRAIN: [(&str, &str); 4] =
    [("x_train", "y_train"), ("train_images", "train_labels"), ("images", "labels"), ("X", "y")];
const TEST: [(&str, &str); 2] = [("x_test", "y_test"), ("test_images", "test_labels")];

pub(crate) fn files(root: &Path) -> Result<Vec<PathBuf>, DataError> {
    if root.is_file() {
        return Ok(vec![root.to_owned()]);
    }
    let found = super::list(root, |p| p.extension().is_some_and(|e| e == "npz"))?;
    match found.len() {
        1 => Ok(found),
        0 => Err(DataError::missing(root, ".npz file")),
        n => Err(DataError::format(root, format!("has {n} .npz files: name one of them as `root`"))),
    }
}

pub(crate) fn open(root: &Path) -> Result<Source, DataError> {
    let path = files(root)?.swap_remove(0);
    let mut archive = Zipped::open(&path)?;
    let names: Vec<String> = archive.file_names().filter_map(|n| Some(n.ok()?.into_owned())).collect();
    let has = |pair: &&(&str, &str)| {
        [pair.0, pair.1].iter().all(|n| names.iter().any(|have| have == &format!("{n}.npy")))
    };
    let Some(train) = TRAIN.iter().find(has) else {
        let wants: Vec<String> = TRAIN.iter().map(|(x, y)| format!("{x} and {y}")).collect();
        let problem = format!("has {}; mu reads {}", names.join(", "), wants.join(", or "));
        return Err(DataError::format(&path, problem));
    };
    let train = part(&path, &mut archive, train)?;
    let test = TEST.iter().find(has).map(|pair| part(&path, &mut archive, pair)).transpose()?;
    Ok(Source { train, test })
}

fn part(path: &Path, archive: &mut Archive, (images, labels): &(&str, &str)) -> Result<Part, DataError> {
    let bad = |name: &str, problem: String| DataError::format(path, format!("{name}: {problem}"));
    let mut read = |name: &str| entry(archive, &format!("{name}.npy")).map_err(|e| bad(name, e));
    let (pixels, numbers) = (read(images)?, read(labels)?);
    let file = NpyFile::new(Cursor::new(&pixels)).map_err(|e| bad(images, e.to_string()))?;
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
    let numbers = whole(&numbers).map_err(|e| bad(labels, e))?;
    if numbers.len() != count {
        return Err(bad(labels, format!("has {} labels for {count} images", numbers.len())));
    }
    Ok(Part::new(super::labels(numbers, path)?, Planes { count, shape, pixels: data }))
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

fn whole(bytes: &[u8]) -> Result<Vec<i64>, String> {
    let open = || NpyFile::new(Cursor::new(bytes)).map_err(|e| e.to_string());
    let DType::Plain(kind) = open()?.dtype() else { return Err("it holds records".to_owned()) };
    macro_rules! read {
        ($($word:literal => $t:ty),*) => {
            match kind.to_string().trim_start_matches(['<', '|', '=']) {
                $($word => open()?.into_vec::<$t>().map(|v| v.into_iter().map(|n| n as i64).collect()),)*
                other => return Err(format!("`{other}` are no whole numbers")),
            }
        };
    }
    let read: std::io::Result<Vec<i64>> = read!("i8" => i64, "i4" => i32, "i2" => i16, "i1" => i8, "u8" => u64, "u4" => u32, "u2" => u16, "u1" => u8);
    read.map_err(|e| e.to_string())
}
