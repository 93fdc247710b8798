//! What is found while the sources are walked.

use mu_diag::Span;

use super::{Index, Role, Symbol};

/// The index as far as it is made, and what it shows to be wrong.
#[derive(Default)]
pub(crate) struct Walk {
    pub(crate) index: Index,
    /// Parameters that a call names, which does not read them.
    pub(super) named: Vec<(Span, usize)>,
    /// Names that mean nothing.
    pub(super) unresolved: Vec<(String, Span, usize)>,
}

impl Walk {
    #[allow(clippy::too_many_arguments, reason = "the fields of a symbol")]
    pub(super) fn add(
        &mut self,
        name: &str,
        role: Role,
        span: Span,
        whole: Span,
        docs: String,
        signature: String,
        parent: Option<usize>,
        module: usize,
    ) -> usize {
        if let Some(known) = self.index.by_place.get(&span) {
            return *known;
        }
        let at = self.index.symbols.len();
        let symbol = Symbol {
            name: name.to_owned(),
            role,
            span,
            whole,
            docs,
            signature,
            parent,
            types: Vec::new(),
            module,
        };
        self.index.symbols.push(symbol);
        self.index.by_place.insert(span, at);
        if let Some(parent) = parent {
            self.index.parts.entry((parent, name.to_owned())).or_insert(at);
        }
        at
    }

    /// The index, whole.
    pub(crate) fn finish(mut self) -> Index {
        self.index.uses.append(&mut self.named);
        self.index.uses.sort_unstable();
        self.index.uses.dedup();
        self.index
    }
}

/// A signature of a bearable length.
pub(super) fn shorten(text: &str) -> String {
    if text.chars().count() <= 120 {
        text.to_owned()
    } else {
        text.chars().take(119).chain(['…']).collect()
    }
}
