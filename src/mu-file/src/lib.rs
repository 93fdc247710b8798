//! Reading files that somebody names: only plain files, and no more of them than memory may hold. A pipe would be waited for without
//! end, and a device would fill all memory.

mod guard;
mod npy;

use std::fs::{self, File};
use std::io::{Error, ErrorKind, Read, Result};
use std::path::Path;

pub use guard::guarded;
pub use npy::{npy, npy_of};

/// The most bytes of a text that a person writes, or of a record.
pub const TEXT: u64 = 1 << 30;

/// The most bytes of a file of numbers that is held in memory as a whole.
pub const NUMBERS: u64 = 1 << 36;

/// Opens a plain file.
///
/// # Errors
/// Where it cannot be opened, or is a folder, a pipe, a socket or a device.
pub fn open(path: &Path) -> Result<File> {
    // Asked before it is opened: to open a pipe is to wait for who writes into it.
    match fs::metadata(path)?.is_file() {
        true => File::open(path),
        false => Err(Error::new(ErrorKind::InvalidInput, "it is no plain file")),
    }
}

/// The bytes of a plain file that has `most` of them at most.
///
/// # Errors
/// As [`open`], and where the file has more.
pub fn bytes(path: &Path, most: u64) -> Result<Vec<u8>> {
    all(open(path)?, most)
}

fn all(from: impl Read, most: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > most {
        true => Err(Error::new(ErrorKind::FileTooLarge, format!("it has more than {} MiB", most >> 20))),
        false => Ok(bytes),
    }
}

/// The text of a plain file, in UTF-8, of at most [`TEXT`] bytes.
///
/// # Errors
/// As [`bytes`], and where it is no such text.
pub fn text(path: &Path) -> Result<String> {
    text_of(open(path)?)
}

/// The text that something says to its end, such as standard input: as [`text`].
///
/// # Errors
/// Where it cannot be read, has more than [`TEXT`] bytes, or is no UTF-8.
pub fn text_of(from: impl Read) -> Result<String> {
    String::from_utf8(all(from, TEXT)?).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Error::new(ErrorKind::InvalidData, format!("it is not UTF-8 text (byte {at})"))
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn pipes_devices_and_folders_are_no_plain_files() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        for path in [pipe.as_path(), Path::new("/dev/zero"), folder.path()] {
            assert_eq!(bytes(path, TEXT).unwrap_err().to_string(), "it is no plain file");
        }
    }

    #[test]
    fn no_more_is_read_than_may_be_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, vec![b'a'; 3 << 20]).unwrap();
        assert_eq!(bytes(&path, 3 << 20).unwrap().len(), 3 << 20);
        assert_eq!(bytes(&path, 2 << 20).unwrap_err().to_string(), "it has more than 2 MiB");
        assert_eq!(text(&path).unwrap().len(), 3 << 20);
        fs::write(&path, b"ab\xff").unwrap();
        assert_eq!(text(&path).unwrap_err().to_string(), "it is not UTF-8 text (byte 2)");
    }
}
