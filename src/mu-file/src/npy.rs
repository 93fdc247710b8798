//! NumPy's arrays in files.

use npyz::{AutoSerialize, NpyFile, WriteOptions, WriterBuilder};

use crate::guarded;

/// No header of numbers is longer; NumPy itself reads none that is.
const MOST_HEADER: usize = 10_000;

/// Opens an array. Its header must be flat and short, as those of plain numbers are, since readers of nested ones take time that
/// doubles with every bracket; and there must be bytes for its elements.
///
/// # Errors
/// In words, where it is none, or one of records.
pub fn npy(bytes: &[u8]) -> Result<NpyFile<&[u8]>, String> {
    let header = header(bytes).ok_or("it is no npy file, or cut short")?;
    if header.len() > MOST_HEADER {
        return Err(format!("its header has {} bytes: it is none of plain numbers", header.len()));
    }
    let count = |of: u8| header.iter().filter(|byte| **byte == of).count();
    if count(b'[') > 0 || count(b'{') > 1 || count(b'(') > 1 {
        return Err("it holds records, and no plain numbers".to_owned());
    }
    let file = guarded(|| NpyFile::new(bytes))?.map_err(|e| e.to_string())?;
    let elements = file.shape().iter().try_fold(1u64, |all, size| all.checked_mul(*size));
    match elements.is_some_and(|n| n <= bytes.len() as u64) {
        true => Ok(file),
        false => Err(format!(
            "it is cut short: its sizes are {:?}, and it has {} bytes",
            file.shape(),
            bytes.len()
        )),
    }
}

/// An array of a shape as a file, in the machine's order of bytes.
///
/// # Errors
/// In words, where there are not as many values as the shape says.
pub fn npy_of<T: AutoSerialize + Copy>(values: &[T], shape: &[u64]) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let written = (|| {
        let mut writer = WriteOptions::new().default_dtype().shape(shape).writer(&mut bytes).begin_nd()?;
        writer.extend(values.iter().copied())?;
        writer.finish()
    })();
    written.map(|()| bytes).map_err(|e: std::io::Error| e.to_string())
}

/// The text that says what the array is, as NumPy's format has it: after a magic word and two bytes of version comes its length, in
/// two bytes in version 1, in four later.
fn header(bytes: &[u8]) -> Option<&[u8]> {
    let rest = bytes.strip_prefix(b"\x93NUMPY")?;
    let (version, rest) = rest.split_at_checked(2)?;
    let width = if version[0] == 1 { 2 } else { 4 };
    let (length, rest) = rest.split_at_checked(width)?;
    let length = length.iter().rev().fold(0usize, |all, byte| all << 8 | usize::from(*byte));
    rest.get(..length)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn file(header: &str, elements: usize) -> Vec<u8> {
        let length = u16::try_from(header.len()).unwrap().to_le_bytes();
        [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), &vec![0; elements * 8]].concat()
    }

    #[test]
    fn what_is_written_is_read() {
        let bytes = npy_of(&[1.5, -2.0, 0.0, 7.0], &[2, 2]).unwrap();
        let file = npy(&bytes).unwrap();
        assert_eq!(file.shape(), [2, 2]);
        assert_eq!(file.into_vec::<f64>().unwrap(), [1.5, -2.0, 0.0, 7.0]);
    }

    #[test]
    fn plain_numbers_are_read_and_nothing_else() {
        let of = |shape: &str| format!("{{'descr': '<i8', 'fortran_order': False, 'shape': {shape}, }}\n");
        assert_eq!(npy(&file(&of("(3,)"), 3)).unwrap().into_vec::<i64>().unwrap(), [0; 3]);
        let refused = |bytes: &[u8]| npy(bytes).map(|_| ()).unwrap_err();
        assert!(refused(&file(&of("(3000,)"), 3)).starts_with("it is cut short: its sizes are [3000]"));
        assert!(refused(&file(&of("(18446744073709551615, 2)"), 3)).starts_with("it is"));
        assert_eq!(refused(&file(&"[".repeat(9000), 3)), "it holds records, and no plain numbers");
        assert_eq!(refused(&file(&"(".repeat(9000), 3)), "it holds records, and no plain numbers");
        assert!(refused(&file(&" ".repeat(60_000), 3)).contains("60000 bytes"));
        assert_eq!(refused(b"\x93NUMPY\x03\x00\xff\xff\xff\xff"), "it is no npy file, or cut short");
        assert_eq!(refused(b""), "it is no npy file, or cut short");
    }
}
