//! Every reader of bytes that come from elsewhere, as a function of bytes: to be fuzzed, and to read again what fuzzing found.
//!
//! A reader here is the function that mu itself calls. It may refuse what it gets, and must not panic, hang, or fill the memory.

mod layouts;
mod records;
#[cfg(test)]
mod replay;
mod scratch;
mod texts;
mod weights;

use std::io::Read;
use std::path::{Path, PathBuf};

pub use scratch::Scratch;

/// A reader.
pub struct Reader {
    /// Its name, which is that of its folder in `corpus/`.
    pub name: &'static str,
    /// Reads bytes, and forgets what they were.
    pub read: fn(&Scratch, &[u8]),
    /// Good inputs to start from.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All of them.
#[must_use]
pub fn readers() -> Vec<Reader> {
    [weights::readers(), layouts::readers(), records::readers(), texts::readers()]
        .into_iter()
        .flatten()
        .collect()
}

/// The reader of a name.
#[must_use]
pub fn reader(name: &str) -> Option<Reader> {
    readers().into_iter().find(|r| r.name == name)
}

/// The folder of all tests.
pub(crate) fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What fuzzing found worth keeping for a reader: the files of `corpus/NAME.tar.gz`, and what once broke it, `found/NAME-…`.
///
/// # Errors
/// Where there is no such archive, or it is damaged.
pub fn corpus(name: &str) -> std::io::Result<Vec<Vec<u8>>> {
    let at = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(format!("{name}.tar.gz"));
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(std::fs::File::open(at)?));
    let mut found = broke(name);
    for entry in archive.entries()? {
        let mut bytes = Vec::new();
        entry?.read_to_end(&mut bytes)?;
        found.push(bytes);
    }
    Ok(found)
}

/// The files below a folder, by path; none where it is not there.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

pub(crate) fn bytes(path: impl AsRef<Path>) -> Vec<u8> {
    std::fs::read(path).unwrap_or_default()
}

/// The files below `folder` of the tests that end in one of `endings`, in bytes.
pub(crate) fn fixtures(folder: &str, endings: &[&str]) -> Vec<Vec<u8>> {
    let of = |path: &PathBuf| endings.iter().any(|e| path.to_string_lossy().ends_with(e));
    files(&tests().join(folder)).into_iter().filter(of).map(bytes).collect()
}

/// What once broke a reader.
fn broke(name: &str) -> Vec<Vec<u8>> {
    let found = files(&tests().join("fuzz/found")).into_iter();
    let of = |path: &PathBuf| {
        path.file_name().is_some_and(|file| file.to_string_lossy().starts_with(&format!("{name}-")))
    };
    found.filter(of).map(bytes).collect()
}
