//! Lists of whole numbers in files: the samples of a forget set, or the group of each sample. What a file holds is read in one way or
//! refused: nothing about it is guessed.

mod array;
mod json;
mod numbers;
mod table;
#[cfg(test)]
mod tests;

use std::path::Path;

use mu_step::ListOf;

use crate::DataError;

pub(crate) use array::npy;
pub use numbers::Numbers;

use numbers::MOST_BYTES;

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
