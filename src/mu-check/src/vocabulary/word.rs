//! What a line of a table is, and how a table is written.

use mu_syntax::ast::{Declaration, Kind};

use super::takes::Takes;
use crate::value::{Component, Value};

/// A value that the engine is told.
pub(crate) trait Argument: Sized {
    const TAKES: Takes;
    /// The value, which fits the type that is declared for it.
    fn read(value: &Value) -> Option<Self>;
}

/// An argument of a component.
pub(super) fn of<T: Argument>(c: &Component, name: &str) -> Option<T> {
    T::read(c.arg(name)?)
}

/// A parameter that the engine is told.
#[derive(Clone, Copy)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) takes: Takes,
}

/// A word of one kind: what it takes, and what is made of it.
pub(crate) struct Word<T> {
    pub(crate) name: &'static str,
    pub(crate) parameters: &'static [Parameter],
    pub(crate) make: fn(&Component) -> Option<T>,
}

/// What a kind of declaration stands for.
pub(crate) trait Vocabulary: Sized + 'static {
    const KIND: Kind;
    const WORDS: &'static [Word<Self>];
}

/// What a component stands for. `None` where an argument had an error, or the engine lacks the word: both were reported.
pub(crate) fn read<T: Vocabulary>(c: &Component) -> Option<T> {
    let word = T::WORDS.iter().find(|word| c.kind == T::KIND && word.name == c.name)?;
    (word.make)(c)
}

/// A word of any kind.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) kind: Kind,
    pub(crate) name: &'static str,
    pub(crate) parameters: &'static [Parameter],
}

impl Entry {
    /// Where a declaration says something else than what the engine is told.
    pub(crate) fn differences(&self, declaration: &Declaration) -> Vec<String> {
        let of = |name: &str| format!("{} `{}`: `{name}`", self.kind.word(), self.name);
        let declared = &declaration.params;
        let unknown = declared
            .iter()
            .filter(|p| self.parameters.iter().all(|own| own.name != p.name.text))
            .map(|p| format!("{} is declared, and the engine has no such parameter", of(&p.name.text)));
        let others = self.parameters.iter().filter_map(|own| {
            let Some(param) = declared.iter().find(|p| p.name.text == own.name) else {
                return Some(format!("{} is told to the engine, and is not declared", of(own.name)));
            };
            let fits = param.ty.as_ref().is_some_and(|ty| own.takes.is(ty));
            (!fits).then(|| format!("{} is declared with another type than {}", of(own.name), own.takes))
        });
        unknown.chain(others).collect()
    }
}

pub(super) fn entries<T: Vocabulary>() -> Vec<Entry> {
    T::WORDS
        .iter()
        .map(|word| Entry { kind: T::KIND, name: word.name, parameters: word.parameters })
        .collect()
}

/// The table of a kind: `"word"(parameter: type, …) => what the engine is told`.
macro_rules! vocabulary {
    ($kind:ident: $made:ty { $($name:literal $(($($param:ident: $ty:ty),* $(,)?))? => $make:expr),* $(,)? }) => {
        impl $crate::vocabulary::word::Vocabulary for $made {
            const KIND: mu_syntax::ast::Kind = mu_syntax::ast::Kind::$kind;
            const WORDS: &'static [$crate::vocabulary::word::Word<$made>] = &[$($crate::vocabulary::word::Word {
                name: $name,
                parameters: &[$($($crate::vocabulary::word::Parameter {
                    name: stringify!($param),
                    takes: <$ty as $crate::vocabulary::word::Argument>::TAKES,
                }),*)?],
                make: |_component| {
                    $($(let $param: $ty = $crate::vocabulary::word::of(_component, stringify!($param))?;)*)?
                    Some($make)
                },
            }),*];
        }
    };
}

/// An enumeration whose members are words of the language.
macro_rules! words {
    ($made:ty { $($member:ident = $word:literal),* $(,)? }) => {
        impl $crate::vocabulary::word::Argument for $made {
            const TAKES: $crate::vocabulary::takes::Takes = $crate::vocabulary::takes::Takes::OneOf(&[$($word),*]);
            fn read(value: &$crate::value::Value) -> Option<Self> {
                let $crate::value::Data::Word(word) = &value.data else { return None };
                [$(($word, Self::$member)),*].into_iter().find(|(own, _)| own == word).map(|(_, made)| made)
            }
        }
    };
}

pub(super) use vocabulary;
pub(crate) use words;
