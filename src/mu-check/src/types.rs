//! Whether a value fits a written type.

use mu_diag::{Code, Diagnostic, Span};
use mu_syntax::ast::{Kind, Name, Range, Type, TypeAtom};

use crate::value::{Data, UNITS, Unit, Value};

/// A type from its text, for the fields that the language itself declares: `samples | all`, `[metric]`.
pub(crate) fn of(text: &str) -> Type {
    let span = Span { file: mu_diag::FileId(0), start: 0, end: 0 };
    let atoms = text.split('|').map(str::trim).map(|atom| match atom.strip_prefix('[') {
        Some(inner) => TypeAtom::List(Box::new(of(inner.trim_end_matches(']')))),
        None => TypeAtom::Name(Name { text: atom.to_owned(), span }),
    });
    Type { atoms: atoms.collect(), range: None, span }
}

const PLAIN: &[&str] = &["int", "real", "percent", "path", "text", "bool", "set", "seeds"];

pub(crate) fn article(word: &str) -> &'static str {
    if word.starts_with(['a', 'e', 'i', 'o', 'u']) && !word.starts_with("un") { "an" } else { "a" }
}

fn is_type(word: &str) -> bool {
    PLAIN.contains(&word) || UNITS.contains(&word) || Kind::of(word).is_some()
}

/// The words that stand for themselves in a type.
pub(crate) fn words(ty: &Type) -> Vec<&str> {
    let names = ty.atoms.iter().filter_map(|a| match a {
        TypeAtom::Name(n) if !is_type(&n.text) => Some(n.text.as_str()),
        _ => None,
    });
    names.collect()
}

/// The names that a type is made of, words among them.
pub(crate) fn names(ty: &Type) -> Vec<String> {
    let mut out = Vec::new();
    for atom in &ty.atoms {
        match atom {
            TypeAtom::Name(n) => out.push(n.text.clone()),
            TypeAtom::List(inner) => out.extend(names(inner)),
            TypeAtom::Record(..) => {}
        }
    }
    out
}

/// The type in words.
pub(crate) fn describe(ty: &Type) -> String {
    let atoms: Vec<String> = ty
        .atoms
        .iter()
        .map(|atom| match atom {
            TypeAtom::List(inner) => {
                let of = describe(inner);
                format!("a list of {}s", of.trim_start_matches("an ").trim_start_matches("a "))
            }
            TypeAtom::Record(members, _) => {
                let members: Vec<&str> = members.iter().map(|(n, _)| n.text.as_str()).collect();
                format!("a record of {}", members.join(", "))
            }
            TypeAtom::Name(n) => match n.text.as_str() {
                "int" => "a whole number".to_owned(),
                "real" => "a plain number".to_owned(),
                "percent" => "a percentage such as `10%`".to_owned(),
                "path" | "text" => "a string".to_owned(),
                "bool" => "true or false".to_owned(),
                unit if UNITS.contains(&unit) => format!("a number of {unit}"),
                "seeds" => "a record of `train`, `select`, `unlearn`, `evaluate` seeds".to_owned(),
                "parameters" => "a set of parameters such as `last(1 layers)`".to_owned(),
                "set" => "a set such as `retain`".to_owned(),
                kind if Kind::of(kind).is_some() => format!("{} {kind}", article(kind)),
                word => format!("`{word}`"),
            },
        })
        .collect();
    atoms.join(" or ")
}

fn fits(value: &Value, atom: &TypeAtom) -> bool {
    match (atom, &value.data) {
        (_, Data::Broken) => true,
        (TypeAtom::List(inner), Data::List(items)) => {
            items.iter().all(|v| inner.atoms.iter().any(|a| fits(v, a)))
        }
        (TypeAtom::Record(types, _), Data::Record(members)) => {
            members.len() == types.len()
                && types.iter().all(|(n, ty)| {
                    members
                        .get(&n.text)
                        .is_some_and(|v| ty.atoms.iter().any(|a| fits(v, a)) && in_range(v, ty))
                })
        }
        (TypeAtom::Name(name), Data::Record(members)) if name.text == "seeds" => {
            members.iter().all(|(n, v)| {
                let seed =
                    matches!(v.data, Data::Number(v, Unit::Plain) if v.fract() == 0.0) || v.is_broken();
                ["train", "select", "unlearn", "evaluate"].contains(&n.as_str()) && seed
            })
        }
        (TypeAtom::Name(name), data) => match (name.text.as_str(), data) {
            ("int", Data::Number(v, Unit::Plain)) => v.fract() == 0.0,
            ("real", Data::Number(_, Unit::Plain)) | ("percent", Data::Number(_, Unit::Percent)) => true,
            (unit, Data::Number(v, Unit::Of(have))) => unit == *have && v.fract() == 0.0 && *v >= 0.0,
            ("path" | "text", Data::Text(_)) | ("bool", Data::Bool(_)) | ("set", Data::Sets(_)) => true,
            ("loss", Data::Loss(_)) | ("parameters", Data::Parameters(_)) => true,
            ("layer", Data::Chain(_)) | ("metric", Data::Formula(_)) => true,
            (word, Data::Word(have)) => word == have,
            (kind, Data::Component(c)) => Kind::of(kind) == Some(c.kind),
            _ => false,
        },
        _ => false,
    }
}

fn in_range(value: &Value, ty: &Type) -> bool {
    match (ty.range, value.number()) {
        (Some(range), Some(v)) => contains(range, v),
        _ => true,
    }
}

/// Checks a value for a place called `what`.
pub(crate) fn check(value: &Value, ty: &Type, what: &str) -> Result<(), Box<Diagnostic>> {
    if let Data::HeldOut(part) = value.data {
        let message = format!("`{what}` may use training samples only");
        let diagnostic = Diagnostic::error(Code::HeldOut, value.span, message)
            .label(format!("these are the {part} samples"))
            .help("what is trained on cannot be measured on: use `retain` or `forget`");
        return Err(Box::new(diagnostic));
    }
    if !ty.atoms.iter().any(|a| fits(value, a)) {
        return Err(Box::new(mismatch(value, ty, what)));
    }
    if let (Some(range), Some(v)) = (ty.range, value.number())
        && !contains(range, v)
    {
        let Data::Number(_, unit) = value.data else { return Ok(()) };
        let diagnostic =
            Diagnostic::error(Code::OutOfRange, value.span, format!("`{what}` is out of range: {value}"))
                .label(format!("must be {}", range_words(range, unit)));
        return Err(Box::new(diagnostic));
    }
    Ok(())
}

fn mismatch(value: &Value, ty: &Type, what: &str) -> Diagnostic {
    let wants = describe(ty);
    let units: Vec<&str> = ty
        .atoms
        .iter()
        .filter_map(|a| match a {
            TypeAtom::Name(n)
                if UNITS.contains(&n.text.as_str()) || matches!(n.text.as_str(), "percent" | "real") =>
            {
                Some(n.text.as_str())
            }
            _ => None,
        })
        .collect();
    if let (Data::Number(v, unit), Some(first)) = (&value.data, units.first()) {
        let label = format!("this is {}", value.what());
        let same = Unit::of(first) == Some(*unit);
        let help = match (*first, *unit) {
            _ if same => format!("{first} are whole numbers"),
            ("real", Unit::Percent) => format!("write `{}`", v / 100.0),
            ("percent", Unit::Plain) if *v <= 1.0 => format!("did you mean `{}%`?", v * 100.0),
            ("percent", Unit::Plain) => format!("did you mean `{v}%`?"),
            ("real", _) => format!("write `{v}`"),
            (unit, _) if v.fract() != 0.0 => format!("{unit} are whole numbers, such as `10 {unit}`"),
            (unit, _) => format!("did you mean `{v} {unit}`?"),
        };
        let message = format!("`{what}` takes {wants}");
        let edit =
            help.split('`').nth(1).filter(|_| !same && help.starts_with(['w', 'd'])).map(str::to_owned);
        let diagnostic = Diagnostic::error(Code::WrongUnit, value.span, message).label(label).help(help);
        return match edit {
            Some(edit) => diagnostic.fix(format!("write `{edit}`"), value.span, edit),
            None => diagnostic,
        };
    }
    let mut diagnostic = Diagnostic::error(Code::WrongType, value.span, format!("`{what}` takes {wants}"))
        .label(format!("this is {}", value.what()));
    if let Data::Word(word) | Data::Text(word) = &value.data {
        diagnostic = diagnostic.meant(value.span, word, words(ty));
    }
    diagnostic
}

fn contains(range: Range, v: f64) -> bool {
    (if range.low_open { v > range.low } else { v >= range.low })
        && (if range.high_open { v < range.high } else { v <= range.high })
}

fn range_words(range: Range, unit: Unit) -> String {
    let suffix = unit.suffix();
    let low = format!("{} {}{suffix}", if range.low_open { "greater than" } else { "at least" }, range.low);
    let high = format!("{} {}{suffix}", if range.high_open { "less than" } else { "at most" }, range.high);
    match (range.low.is_finite(), range.high.is_finite()) {
        (true, true) => format!("{low} and {high}"),
        (true, false) => low,
        _ => high,
    }
}
