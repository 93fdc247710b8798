//! Every change that the store makes on disk. One place, so that tests can let each of them fail.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::Path;

/// Writes a new file and makes it durable.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    append(&mut file, bytes)
}

/// Writes into an open file and makes it durable.
pub(crate) fn append(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    fault::before(Some((file, bytes)))?;
    file.write_all(bytes)?;
    sync(file)
}

pub(crate) fn sync(file: &File) -> io::Result<()> {
    fault::before(None)?;
    file.sync_all()
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    sync(&File::open(path)?)
}

pub(crate) fn create_folder(path: &Path) -> io::Result<()> {
    fault::before(None)?;
    fs::create_dir_all(path)
}

/// Takes a file's lock, where nobody has it.
pub(crate) fn try_lock(file: &File) -> Result<(), TryLockError> {
    fault::before(None).map_err(TryLockError::Error)?;
    file.try_lock()
}

/// Takes a file's lock as soon as nobody else has it.
pub(crate) fn lock(file: &File) -> io::Result<()> {
    fault::before(None)?;
    file.lock()
}

/// Takes a file's lock beside others that share it, as soon as nobody has it alone.
pub(crate) fn lock_shared(file: &File) -> io::Result<()> {
    fault::before(None)?;
    file.lock_shared()
}

/// There are faults on both sides of a rename: what comes after it may not happen either.
pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fault::before(None)?;
    fs::rename(from, to)?;
    fault::before(None)
}

pub(crate) fn remove_file(path: &Path) -> io::Result<()> {
    fault::before(None)?;
    fs::remove_file(path)
}

#[cfg(not(test))]
mod fault {
    use std::fs::File;
    use std::io;

    #[expect(clippy::unnecessary_wraps, reason = "tests have one that fails")]
    pub(super) fn before(_: Option<(&mut File, &[u8])>) -> io::Result<()> {
        Ok(())
    }
}

/// Faults for tests: the n-th change from now fails in some way, and after a crash nothing happens any more.
#[cfg(test)]
pub(crate) mod fault {
    use std::cell::Cell;
    use std::fs::File;
    use std::io::{self, Write};

    #[derive(Clone, Copy, Debug, PartialEq)]
    pub(crate) enum Kind {
        /// The disk is full.
        Full,
        /// The disk is broken.
        Broken,
        /// Half of the bytes are written, then the disk is full.
        Short,
        /// The process ends before the change.
        Crash,
        /// The process ends in the middle of the bytes.
        CrashShort,
    }

    /// What a process that ended is.
    pub(crate) struct Ended;

    thread_local! {
        static NEXT: Cell<Option<(usize, Kind)>> = const { Cell::new(None) };
    }

    /// The n-th change from now fails so.
    pub(crate) fn set(n: usize, kind: Kind) {
        NEXT.set(Some((n, kind)));
    }

    /// No change fails; whether one was still to fail.
    pub(crate) fn clear() -> bool {
        NEXT.take().is_some()
    }

    pub(super) fn before(writing: Option<(&mut File, &[u8])>) -> io::Result<()> {
        let Some((n, kind)) = NEXT.get() else { return Ok(()) };
        if n > 0 {
            NEXT.set(Some((n - 1, kind)));
            return Ok(());
        }
        NEXT.set(None);
        if let (Kind::Short | Kind::CrashShort, Some((file, bytes))) = (kind, writing) {
            file.write_all(&bytes[..bytes.len() / 2])?;
        }
        match kind {
            Kind::Full | Kind::Short => Err(io::Error::from_raw_os_error(28)),
            Kind::Broken => Err(io::Error::from_raw_os_error(5)),
            Kind::Crash | Kind::CrashShort => std::panic::panic_any(Ended),
        }
    }
}
