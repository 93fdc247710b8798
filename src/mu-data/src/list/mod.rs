//! Lists of whole numbers in files: the samples of a forget set, or the group of each sample. What a file holds is read in one way or
//! refused: nothing about it is guessed.

mod array;
mod json;
mod table;
#[cfg(test)]
mod tests;

use std::path::Path;

use crate::DataError;

pub(crate) use array::npy;

/// What a list is for: a table with several columns names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ListOf {
    /// Sample numbers, counted from 0.
    Samples,
    /// A number for each sample, in the samples' order.
    Groups,
}

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// Numbers, in the file's order.
    List(Vec<i64>),
    /// A yes or no for each sample.
    Mask(Vec<bool>),
}

/// No list of numbers is larger, bytes.
const MOST_BYTES: u64 = 1 << 32;

/// Reads a list: npy or npz of NumPy, torch.save, pickle (of which nothing is executed), JSON, or a table of text. What the bytes are says
/// how they are read; only pickles without a mark, and JSON, are known by the file's ending.
///
/// # Errors
/// Where the file cannot be read, holds something else, or more than one list.
pub fn list(path: &Path, of: ListOf) -> Result<Numbers, DataError> {
    let meta = std::fs::metadata(path).map_err(DataError::io(path))?;
    if !meta.is_file() || meta.len() > MOST_BYTES {
        let what = if meta.is_file() { "is larger than any list of numbers" } else { "is no file" };
        return Err(DataError::format(path, what));
    }
    let bytes = mu_file::bytes(path, mu_file::NUMBERS).map_err(DataError::io(path))?;
    let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    parse(&bytes, &ending, of).map_err(|problem| DataError::format(path, problem))
}

fn parse(bytes: &[u8], ending: &str, of: ListOf) -> Result<Numbers, String> {
    if bytes.is_empty() {
        return Err("it is empty".to_owned());
    }
    if bytes.starts_with(b"\x93NUMPY") {
        return array::in_a_row(npy(bytes)?);
    }
    if bytes.starts_with(b"PK") && array::is_npz(bytes) {
        return array::only(array::npz(bytes)?);
    }
    if bytes.starts_with(b"PK")
        || bytes.starts_with(b"\x80")
        || ["pkl", "pickle", "pt", "pth"].contains(&ending)
    {
        return array::only(array::saved(bytes)?);
    }
    let text = text(bytes)?;
    match json::value(&text) {
        Some(value) => json::numbers(&value),
        None if ending == "json" => Err("it is no JSON".to_owned()),
        None => table::numbers(&text, of),
    }
}

/// UTF-8, or UTF-16 with a mark: what spreadsheets and consoles write.
fn text(bytes: &[u8]) -> Result<String, String> {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|b| unit([b[0], b[1]])).collect();
        String::from_utf16(&units).ok()
    };
    let text = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8(rest.to_vec()).ok(),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => String::from_utf8(bytes.to_vec()).ok(),
    };
    let text = text.filter(|t| !t.contains('\0'));
    text.ok_or_else(|| {
        "it is neither text nor an npy, npz, torch.save or pickle file: no list of numbers that is read"
            .to_owned()
    })
}

/// A whole number, also where it is written as a real one (`3.000e+00`).
fn whole(text: &str) -> Option<i64> {
    text.parse().ok().or_else(|| whole_real(text.parse().ok()?))
}

fn whole_real(number: f64) -> Option<i64> {
    // Beyond that not every whole number is a float64.
    (number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0).then_some(number as i64)
}

/// What to say of an array of several lists.
fn not_one(shape: &[usize]) -> String {
    format!(
        "it holds an array of sizes {shape:?}, and a list has one dimension; save the list that is meant (`a[0]`), or all of them as \
         one (`a.reshape(-1)`)"
    )
}

impl Numbers {
    /// BLAKE3 of what was read, hex: the same for the same numbers in any form of file.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        match self {
            Numbers::List(numbers) => {
                hasher.update(b"list");
                numbers.iter().for_each(|n| {
                    hasher.update(&n.to_le_bytes());
                });
            }
            Numbers::Mask(flags) => {
                hasher.update(b"mask");
                flags.iter().for_each(|f| {
                    hasher.update(&[u8::from(*f)]);
                });
            }
        }
        hasher.finalize().to_hex().to_string()
    }

    /// Sample numbers, each once, ascending; a mask must have an entry for each of `samples`.
    ///
    /// # Errors
    /// In words.
    pub fn samples(&self, samples: usize) -> Result<Vec<i64>, String> {
        let mut found = match self {
            Numbers::List(numbers) => numbers.clone(),
            Numbers::Mask(flags) if flags.len() != samples => {
                return Err(format!(
                    "it is a mask of {} samples, and there are {samples}: a mask says yes or no of each of them",
                    flags.len()
                ));
            }
            Numbers::Mask(flags) => (0..).zip(flags).filter(|(_, f)| **f).map(|(i, _)| i).collect(),
        };
        found.sort_unstable();
        match found.windows(2).find(|w| w[0] == w[1]) {
            Some(_) if found.len() > 2 && found.iter().all(|n| matches!(n, 0 | 1)) => Err(
                "it holds only the numbers 0 and 1; if that is a mask, store it as booleans (`mask.astype(bool)`)"
                    .to_owned(),
            ),
            Some(twice) => Err(format!("sample {} is in the file twice", twice[0])),
            None => Ok(found),
        }
    }

    /// A number for each of `samples` samples.
    ///
    /// # Errors
    /// In words.
    pub fn groups(&self, samples: usize) -> Result<Vec<i64>, String> {
        let found: Vec<i64> = match self {
            Numbers::List(numbers) => numbers.clone(),
            Numbers::Mask(flags) => flags.iter().map(|f| i64::from(*f)).collect(),
        };
        match found.len() == samples {
            true => Ok(found),
            false => Err(format!(
                "it has {} numbers, the training part {samples} samples: it must have one for each",
                found.len()
            )),
        }
    }
}
