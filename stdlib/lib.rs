//! What the language knows, in mu: every `.mu` file of this folder, embedded.

/// One embedded file: `std:methods/ft.mu` and its text.
#[derive(Clone, Copy, Debug)]
pub struct File {
    /// Its name, `std:` and the path below `stdlib/`.
    pub name: &'static str,
    /// Its source text.
    pub text: &'static str,
}

/// Every file, sorted by name.
#[must_use]
pub fn files() -> &'static [File] {
    include!(concat!(env!("OUT_DIR"), "/files.rs"))
}
