//! NAME.mu.lock beside a file: where it is, and what it would hold now.

use std::path::{Path, PathBuf};

use mu_table::Lock;

use crate::session::Session;

/// Where a file's lock is.
pub(crate) fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}

/// The lock that would be written now.
pub(crate) fn current(session: &Session) -> Lock {
    Lock {
        mu: env!("CARGO_PKG_VERSION").to_owned(),
        library: library(),
        data: session.digests(),
        tables: mu_table::lock(session.program(), session.plan(), &session.numbers()),
    }
}

/// BLAKE3 of the standard library.
fn library() -> String {
    let mut hasher = blake3::Hasher::new();
    for file in mu_stdlib::files() {
        hasher.update(file.name.as_bytes()).update(file.text.as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}
