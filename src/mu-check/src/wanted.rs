//! Which kinds of things a place takes: what a misspelt name there can have meant.

use mu_syntax::ast::{Kind, Type, TypeAtom};

use crate::definition::Definition;

/// The kinds that fit a place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Nothing is known of the place.
    #[default]
    Anything,
    /// A bit for each kind; none where the place takes numbers, words or text.
    Kinds(u32),
}

impl Wanted {
    pub(crate) fn kind(kind: Kind) -> Self {
        Wanted::Kinds(1 << kind as u32)
    }

    /// What a type takes.
    pub(crate) fn of(ty: &Type) -> Self {
        fn bits(ty: &Type) -> u32 {
            let of = |atom: &TypeAtom| match atom {
                TypeAtom::Name(n) => Kind::of(&n.text).map_or(0, |kind| 1 << kind as u32),
                TypeAtom::List(inner) => bits(inner),
                TypeAtom::Record(members, _) => members.iter().fold(0, |all, (_, ty)| all | bits(ty)),
            };
            ty.atoms.iter().fold(0, |all, atom| all | of(atom))
        }
        Wanted::Kinds(bits(ty))
    }

    /// Whether a definition may stand there; what a `let` is, is not known before it is evaluated.
    pub(crate) fn fits(self, definition: &Definition) -> bool {
        match (self, definition) {
            (Wanted::Anything, _) | (_, Definition::Let(_)) => true,
            (Wanted::Kinds(bits), Definition::Declaration(d)) => bits & (1 << d.kind as u32) != 0,
        }
    }

    /// The one kind that fits.
    pub(crate) fn only(self) -> Option<Kind> {
        let Wanted::Kinds(bits) = self else { return None };
        Kind::ALL.iter().map(|(k, _)| *k).find(|k| bits == 1 << *k as u32)
    }
}
