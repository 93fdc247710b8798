//! A page of the reference.

/// A page of the reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// `methods`: its file's name without an ending.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Its text, Markdown.
    pub text: String,
}
