//! Collects findings, once each.

use std::collections::HashSet;

use crate::{Code, Diagnostic, Severity, Span};

/// Where the stages of the front end put what they find.
#[derive(Clone, Debug, Default)]
pub struct Sink {
    found: Vec<Diagnostic>,
    places: HashSet<(Code, Span)>,
}

impl Sink {
    /// Adds a finding, unless the same place already has one of that code.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        let new = match diagnostic.span {
            Some(span) => self.places.insert((diagnostic.code, span)),
            None => !self.found.contains(&diagnostic),
        };
        if new {
            self.found.push(diagnostic);
        }
    }
    /// Adds many.
    pub fn extend(&mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        diagnostics.into_iter().for_each(|d| self.push(d));
    }
    /// Whether an error is among them.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.found.iter().any(|d| d.severity == Severity::Error)
    }
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }
    /// All of them, in source order.
    #[must_use]
    pub fn finish(mut self) -> Vec<Diagnostic> {
        self.found.sort_by_key(|d| d.span);
        self.found
    }
}
