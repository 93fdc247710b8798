//! Units of numbers.

pub use mu_syntax::lex::UNITS;

/// The unit of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A plain number.
    Plain,
    /// Hundredths.
    Percent,
    /// A named unit.
    Of(&'static str),
}

impl Unit {
    pub(crate) fn of(word: &str) -> Option<Unit> {
        if word == "%" || word == "percent" {
            return Some(Unit::Percent);
        }
        UNITS.iter().find(|u| **u == word).map(|u| Unit::Of(u))
    }
    /// As it is written behind a number.
    #[must_use]
    pub fn suffix(self) -> String {
        match self {
            Unit::Plain => String::new(),
            Unit::Percent => "%".to_owned(),
            Unit::Of(word) => format!(" {word}"),
        }
    }
}

/// A unit in words.
pub(crate) fn describe_unit(unit: Unit) -> String {
    match unit {
        Unit::Plain => "a plain number".to_owned(),
        Unit::Percent => "a percentage".to_owned(),
        Unit::Of(unit) => format!("a number of {unit}"),
    }
}
