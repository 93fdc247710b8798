//! Archives → files, below one folder and nowhere else: beside it first, then renamed into place.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Component, Path, PathBuf};

use flate2::read::GzDecoder;

use crate::FetchError;

/// No published set unpacks to more.
const MOST_BYTES: u64 = 64 << 30;

/// Unpacks `.tar.gz`, `.tar` or `.zip` into a folder. Nothing of it is there where it fails.
///
/// # Errors
/// Where the archive is damaged, would write elsewhere, holds links, unpacks to more than a data set, or the disk refuses.
pub fn unpack(archive: &Path, folder: &Path) -> Result<(), FetchError> {
    let bad = |problem: String| FetchError::Archive { path: archive.to_owned(), problem };
    let beside = tempfile::tempdir_in(folder).map_err(FetchError::io(folder))?;
    let file = mu_file::open(archive).map_err(FetchError::io(archive))?;
    let mut left = MOST_BYTES;
    let name = archive.to_string_lossy();
    if name.ends_with(".zip") {
        let mut zip = zip::ZipArchive::new(file).map_err(|e| bad(e.to_string()))?;
        for at in 0..zip.len() {
            let mut entry = zip.by_index(at).map_err(|e| bad(e.to_string()))?;
            let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
            if entry.is_symlink() {
                return Err(bad(format!("`{name}` is a link")));
            }
            let is_folder = entry.is_dir();
            place(&mut entry, &name, is_folder, beside.path(), &mut left).map_err(|e| e.of(archive))?;
        }
    } else {
        let reader: Box<dyn Read> =
            if name.ends_with("gz") { Box::new(GzDecoder::new(file)) } else { Box::new(file) };
        let mut tar = tar::Archive::new(reader);
        for entry in tar.entries().map_err(|e| bad(e.to_string()))? {
            let mut entry = entry.map_err(|e| bad(format!("it is damaged or cut short: {e}")))?;
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let kind = entry.header().entry_type();
            if !(kind.is_file() || kind.is_dir()) {
                return Err(bad(format!("`{name}` is neither a file nor a folder")));
            }
            place(&mut entry, &name, kind.is_dir(), beside.path(), &mut left).map_err(|e| e.of(archive))?;
        }
        // To the end: the checksum stands there.
        std::io::copy(&mut tar.into_inner(), &mut std::io::sink())
            .map_err(|e| bad(format!("it is damaged or cut short: {e}")))?;
    }
    for entry in std::fs::read_dir(beside.path()).map_err(FetchError::io(beside.path()))? {
        let from = entry.map_err(FetchError::io(beside.path()))?.path();
        let to = folder.join(from.file_name().unwrap_or_default());
        if to.is_dir() {
            std::fs::remove_dir_all(&to).map_err(FetchError::io(&to))?;
        }
        std::fs::rename(&from, &to).map_err(FetchError::io(&to))?;
    }
    Ok(())
}

/// Why an entry was not placed.
enum Refused {
    Archive(String),
    Disk(PathBuf, std::io::Error),
}

impl Refused {
    fn of(self, archive: &Path) -> FetchError {
        match self {
            Refused::Archive(problem) => FetchError::Archive { path: archive.to_owned(), problem },
            Refused::Disk(path, error) => FetchError::Io { path, error },
        }
    }
}

fn place(
    from: &mut dyn Read,
    name: &str,
    is_folder: bool,
    folder: &Path,
    left: &mut u64,
) -> Result<(), Refused> {
    // Names lead down, step by step.
    let plain = Path::new(name).components().all(|c| matches!(c, Component::Normal(_) | Component::CurDir));
    if !plain || name.contains(['\\', '\0']) {
        return Err(Refused::Archive(format!("`{name}` would be written outside the folder")));
    }
    let to = folder.join(name);
    let disk = |path: &Path| {
        let path = path.to_owned();
        move |error| Refused::Disk(path, error)
    };
    if is_folder {
        return std::fs::create_dir_all(&to).map_err(disk(&to));
    }
    if let Some(parent) = to.parent() {
        std::fs::create_dir_all(parent).map_err(disk(parent))?;
    }
    let mut file = File::create(&to).map_err(disk(&to))?;
    let mut buffer = vec![0; 1 << 16];
    loop {
        let n = from.read(&mut buffer).map_err(|e| Refused::Archive(format!("`{name}` is damaged: {e}")))?;
        if n == 0 {
            return Ok(());
        }
        *left = left
            .checked_sub(n as u64)
            .ok_or_else(|| Refused::Archive(format!("it unpacks to more than {MOST_BYTES} bytes")))?;
        file.write_all(&buffer[..n]).map_err(disk(&to))?;
    }
}
