//! What every name in the sources means: for editors, and for what evaluation does not reach.

mod collect;
mod symbols;
mod walk;

use std::collections::HashMap;

use mu_diag::Span;
use mu_syntax::ast::Kind;

pub(crate) use collect::index;

use crate::world::{ROOT, STD};

/// Everything that has a name, and where it is used.
#[derive(Clone, Debug, Default)]
pub struct Index {
    /// What has a name.
    pub symbols: Vec<Symbol>,
    /// Where a name stands, and what it means, by place; definitions are not among them.
    pub uses: Vec<(Span, usize)>,
    by_place: HashMap<Span, usize>,
    parts: HashMap<(usize, String), usize>,
}

/// Something that has a name.
#[derive(Clone, Debug)]
pub struct Symbol {
    /// Its name.
    pub name: String,
    /// What it is.
    pub role: Role,
    /// Where it is defined: its name's place.
    pub span: Span,
    /// The whole of what defines it.
    pub whole: Span,
    /// Its `///` lines.
    pub docs: String,
    /// As it would be declared: `method ft(lr: real > 0 = 0.01)`.
    pub signature: String,
    /// What it is a part of.
    pub parent: Option<usize>,
    /// For a parameter, what its type is made of: words, kinds, units.
    pub types: Vec<String>,
    /// The module that it is in.
    module: usize,
}

/// What a symbol is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A declaration.
    Declaration(Kind),
    /// A `let`.
    Let,
    /// A parameter.
    Parameter,
    /// The name of a used file.
    Module,
    /// A field of an experiment: an axis, where it has several values.
    Field,
    /// A named position of an axis.
    Position,
    /// A name within a declaration.
    Local,
}

impl Index {
    /// The symbol whose name stands at a place, defined or used there.
    #[must_use]
    pub fn at(&self, file: mu_diag::FileId, offset: u32) -> Option<(Span, usize)> {
        let covers = |s: &Span| s.file == file && s.start <= offset && offset <= s.end;
        let defined = self.symbols.iter().enumerate().map(|(i, s)| (s.span, i));
        let used = self.uses.iter().copied();
        used.chain(defined).filter(|(s, _)| covers(s)).min_by_key(|(s, _)| s.end - s.start)
    }

    /// Every place where a symbol's name stands, its definition first.
    #[must_use]
    pub fn places(&self, symbol: usize) -> Vec<Span> {
        let used = self.uses.iter().filter(|(_, s)| *s == symbol).map(|(span, _)| *span);
        std::iter::once(self.symbols[symbol].span).chain(used).collect()
    }

    /// The symbols that can be named in a file that is being edited: its own, and the library's.
    pub fn globals(&self) -> impl Iterator<Item = (usize, &Symbol)> {
        let global = |s: &Symbol| s.parent.is_none() && (s.module == ROOT || s.module == STD);
        self.symbols.iter().enumerate().filter(move |(_, s)| global(s))
    }

    /// What is defined in a used file.
    pub fn members(&self, alias: &str) -> Vec<&Symbol> {
        let module =
            self.symbols.iter().find(|s| s.role == Role::Module && s.name == alias && s.module == ROOT);
        let Some(used) = module.and_then(|m| m.parent) else { return Vec::new() };
        self.symbols
            .iter()
            .filter(|s| s.module == used && s.parent.is_none() && s.role != Role::Module)
            .collect()
    }
}
