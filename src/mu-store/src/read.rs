//! Reading: only plain files, and no more of them than a file of their kind can have. A pipe would be waited for without end, a
//! device fills all memory.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// The most bytes of a file that is held in memory as a whole: what objects say of themselves, records of runs, small results.
pub(crate) const SMALL: u64 = 1 << 30;

/// Opens a plain file.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    // Asked before it is opened: to open a pipe is to wait for who writes into it.
    if fs::metadata(path)?.is_file() {
        File::open(path)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no plain file"))
    }
}

/// The bytes of a plain file of at most [`SMALL`] bytes.
pub(crate) fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let file = open(path)?;
    let mut bytes = Vec::new();
    file.take(SMALL + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > SMALL {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is larger than 1 GiB"));
    }
    Ok(bytes)
}
