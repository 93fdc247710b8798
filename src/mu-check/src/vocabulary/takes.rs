//! What a parameter may be given, and whether a declared type says the same.

use mu_syntax::ast::{Kind, Range, Type, TypeAtom};

use crate::types;
use crate::unit::UNITS;

/// What a parameter may be given.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Takes {
    /// Exactly these types and words.
    OneOf(&'static [&'static str]),
    /// A component of a kind.
    Kind(Kind),
    /// A whole number, plain or with a unit.
    Whole {
        /// Whether it may be below zero.
        signed: bool,
    },
    /// A list.
    List(&'static Takes),
    /// That, or one word of its own that stands for nothing said.
    OrWord(&'static Takes),
}

impl Takes {
    /// Whether a declared type says the same.
    pub(crate) fn is(&self, ty: &Type) -> bool {
        let atoms: Vec<String> = ty.atoms.iter().map(text).collect();
        self.holds(&ty.atoms.iter().zip(&atoms).map(|(a, t)| (a, t.as_str())).collect::<Vec<_>>(), ty.range)
    }

    fn holds(&self, atoms: &[(&TypeAtom, &str)], range: Option<Range>) -> bool {
        let only = if let [(atom, text)] = atoms { Some((*atom, *text)) } else { None };
        match self {
            Takes::OneOf(these) => {
                these.len() == atoms.len() && atoms.iter().all(|(_, text)| these.contains(text))
            }
            Takes::Kind(kind) => only.is_some_and(|(_, text)| text == kind.word()),
            Takes::Whole { signed } => only.is_some_and(|(_, text)| {
                // Numbers with a unit are never below zero.
                UNITS.contains(&text) || text == "int" && (*signed || range.is_some_and(|r| r.low >= 0.0))
            }),
            Takes::List(of) => only.is_some_and(|(atom, _)| match atom {
                TypeAtom::List(inner) => of.is(inner),
                TypeAtom::Name(_) | TypeAtom::Record(..) => false,
            }),
            Takes::OrWord(of) => {
                let (words, others): (Vec<_>, Vec<_>) =
                    atoms.iter().partition(|(_, text)| types::is_word(text));
                words.len() == 1 && of.holds(&others, range)
            }
        }
    }
}

impl std::fmt::Display for Takes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Takes::OneOf(these) => f.write_str(&these.join(" | ")),
            Takes::Kind(kind) => f.write_str(kind.word()),
            Takes::Whole { signed: true } => f.write_str("int"),
            Takes::Whole { signed: false } => f.write_str("int ≥ 0, or a count with a unit"),
            Takes::List(of) => write!(f, "[{of}]"),
            Takes::OrWord(of) => write!(f, "{of} | a word"),
        }
    }
}

/// An alternative of a type, as it is written.
fn text(atom: &TypeAtom) -> String {
    match atom {
        TypeAtom::Name(name) => name.text.clone(),
        TypeAtom::List(of) => format!("[{}]", of.atoms.iter().map(text).collect::<Vec<_>>().join(" | ")),
        TypeAtom::Record(..) => "{ … }".to_owned(),
    }
}
