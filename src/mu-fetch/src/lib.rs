//! Published data sets: where they are, what their bytes must be, and how they come here.

mod download;
mod known;
mod unpack;

use std::io::Read;
use std::path::{Path, PathBuf};

use md5::{Digest, Md5};

pub use download::{Wanted, download};
pub use known::{KNOWN, known};
pub use unpack::unpack;

/// A published data set.
#[derive(Debug)]
pub struct Published {
    /// The name of its `dataset` in the language.
    pub name: &'static str,
    /// The folder below a folder of data that its `root` names by default.
    pub folder: &'static str,
    /// Size, and what may be done with it.
    pub about: &'static str,
    /// What is downloaded; nothing where its licence must be agreed to first.
    pub downloads: &'static [Download],
    /// Files that archives unpack to, with their MD5 where that is published.
    pub files: &'static [(&'static str, &'static str)],
    /// How people come by it, where it is not downloaded.
    pub by_hand: &'static str,
}

impl Published {
    /// Files that are there afterwards, with their MD5 where that is published.
    #[must_use]
    pub fn published(&self) -> Vec<(&'static str, &'static str)> {
        let plain = self.downloads.iter().filter(|d| !d.unpack).map(|d| (d.file, d.md5));
        plain.chain(self.files.iter().copied()).collect()
    }
}

/// A file at an address.
#[derive(Clone, Copy, Debug)]
pub struct Download {
    /// The address of its folder, with a slash at the end.
    pub from: &'static str,
    /// Its name.
    pub file: &'static str,
    /// MD5 of its bytes, hex.
    pub md5: &'static str,
    /// How many there are.
    pub bytes: u64,
    /// Whether it is an archive that is unpacked and removed.
    pub unpack: bool,
}

/// Why data could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The file system refused.
    #[error("cannot write {path}: {error}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The reason.
        error: std::io::Error,
    },
    /// The server refused, or is not reached.
    #[error("{url}: {problem}")]
    Server {
        /// The address.
        url: String,
        /// What it said.
        problem: String,
    },
    /// The bytes are not those that were published.
    #[error("{url} gave other bytes than were published (MD5 {found}, not {wants}); they were not kept")]
    Different {
        /// The address.
        url: String,
        /// What came.
        found: String,
        /// What should have come.
        wants: String,
    },
    /// An archive is damaged or hostile.
    #[error("{path}: {problem}", path = path.display())]
    Archive {
        /// The archive.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

impl FetchError {
    pub(crate) fn io(path: &Path) -> impl Fn(std::io::Error) -> FetchError + '_ {
        move |error| FetchError::Io { path: path.to_owned(), error }
    }
}

/// MD5 of a file, hex.
///
/// # Errors
/// Where it cannot be read.
pub fn md5_of(path: &Path) -> std::io::Result<String> {
    let mut file = mu_file::open(path)?;
    let mut hasher = Md5::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            n => hasher.update(&buffer[..n]),
        }
    }
    Ok(hasher.finalize().iter().map(|b| format!("{b:02x}")).collect())
}

/// Whether what is in a folder is what was published: each file that is missing or different, in words.
#[must_use]
pub fn differences(set: &Published, folder: &Path) -> Vec<String> {
    let look = |(name, wants): &(&str, &str)| {
        let path = folder.join(name);
        match md5_of(&path) {
            Err(error) => Some(format!("{}: {error}", path.display())),
            Ok(found) if !wants.is_empty() && found != *wants => {
                Some(format!("{}: its MD5 is {found}, published is {wants}", path.display()))
            }
            Ok(_) => None,
        }
    };
    set.published().iter().filter_map(look).collect()
}

#[cfg(test)]
mod tests;
