//! What a diagnostic is made of: plain data, to be sorted, compared and serialised. Rendering is the CLI's.

mod codes;
mod nearest;
mod problem;
mod sink;
mod visible;

pub use codes::Code;
pub use nearest::{did_you_mean, nearest};
pub use problem::{Cause, Problem};
pub use sink::Sink;
pub use visible::{one_line, same_length, visible};

use nearest::Nearest;

/// A file of the program, by its place in [`Sources`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// Bytes `start..end` of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// The files that were read, in reading order.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<(String, String)>,
}

impl Sources {
    /// Adds a file; the id is its place.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        self.files.push((name.into(), text.into()));
        FileId(self.files.len() as u32 - 1)
    }
    /// The file's name as the user knows it.
    #[must_use]
    pub fn name(&self, id: FileId) -> &str {
        &self.files[id.0 as usize].0
    }
    /// The file's text.
    #[must_use]
    pub fn text(&self, id: FileId) -> &str {
        &self.files[id.0 as usize].1
    }
    /// All files: name and text.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(name, text)| (name.as_str(), text.as_str()))
    }
    /// A file by name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<FileId> {
        self.files.iter().position(|(n, _)| n == name).map(|i| FileId(i as u32))
    }
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Nothing runs.
    Error,
    /// Runs, but look.
    Warning,
}

/// One finding: what, where, and the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its stable name.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// Lower case, names the thing, no full stop.
    pub message: String,
    /// Where; nowhere for a finding about the whole program.
    pub span: Option<Span>,
    /// The words under the underline.
    pub label: String,
    /// The way out.
    pub help: Option<String>,
    /// Other places that belong to it, in words.
    pub related: Vec<(Span, String)>,
    /// The way out as edits.
    pub fix: Option<Fix>,
}

/// Edits that editors offer, and that `mu check --fix` applies where they are certain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What applying it does.
    pub title: String,
    /// Whether the text could have meant nothing else. A guess is for a person to take.
    pub certain: bool,
    /// Each place and what it becomes.
    pub edits: Vec<(Span, String)>,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            span: Some(span),
            label: String::new(),
            help: None,
            related: Vec::new(),
            fix: None,
        }
    }
    /// A warning at a place.
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, span, message) }
    }
    /// Sets the words under the underline.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }
    /// Sets the way out.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
    /// Adds another place that belongs to it.
    #[must_use]
    pub fn related(mut self, span: Span, words: impl Into<String>) -> Self {
        self.related.push((span, words.into()));
        self
    }
    /// Sets the way out, and the edit that takes it: what was written can mean nothing else.
    #[must_use]
    pub fn fix(self, title: impl Into<String>, span: Span, text: impl Into<String>) -> Self {
        self.edit(title, span, text, true)
    }
    /// Sets the way out, and an edit that may be what was meant.
    #[must_use]
    pub fn suggest(self, title: impl Into<String>, span: Span, text: impl Into<String>) -> Self {
        self.edit(title, span, text, false)
    }
    /// Sets the way out, and an edit that is certain or a guess.
    #[must_use]
    pub fn edit(
        mut self,
        title: impl Into<String>,
        span: Span,
        text: impl Into<String>,
        certain: bool,
    ) -> Self {
        let title = title.into();
        self.help.get_or_insert_with(|| title.clone());
        self.fix = Some(Fix { title, certain, edits: vec![(span, text.into())] });
        self
    }
    /// Suggests the candidate nearest to a misspelt word, when one is near enough.
    #[must_use]
    pub fn meant<'a>(self, span: Span, word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Self {
        let found = Nearest::of(word, candidates);
        match found.words.as_slice() {
            [] => self,
            [only] => self.help(found.question()).edit(format!("write `{only}`"), span, *only, found.certain),
            _ => self.help(found.question()),
        }
    }
    /// Sets the way out where there is one.
    #[must_use]
    pub fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }
}
