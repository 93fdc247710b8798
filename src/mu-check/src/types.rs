//! Whether a value fits a written type.

use mu_diag::{Code, Diagnostic, Span};
use mu_syntax::Number;
use mu_syntax::ast::{Item, Kind, Param, Range, Type, TypeAtom};

use crate::unit::{UNITS, Unit};
use crate::value::{Data, Value};
use crate::words::article;

/// A type from its text, for the fields that the language itself declares: as it would be written for a parameter.
pub(crate) fn of(text: &str) -> Type {
    let file = mu_diag::FileId(0);
    let mut items = mu_syntax::parse(&format!("source of(field: {text}) builtin"), file).file.items;
    let declared = match items.pop() {
        Some(Item::Declaration(d)) => d.params.first().and_then(|p| p.ty.clone()),
        _ => None,
    };
    // Only a text that is no type has none: a test reads all of them.
    declared.unwrap_or(Type { atoms: Vec::new(), range: None, span: Span { file, start: 0, end: 0 } })
}

/// Parameters from their text, for what the language itself declares.
pub(crate) fn params(text: &str) -> Vec<Param> {
    let file = mu_diag::FileId(0);
    let mut items = mu_syntax::parse(&format!("source of({text}) builtin"), file).file.items;
    match items.pop() {
        Some(Item::Declaration(d)) => d.params.clone(),
        _ => Vec::new(),
    }
}

const PLAIN: &[&str] =
    &["int", "seed", "real", "percent", "path", "text", "bool", "set", "seeds", "arguments", "path_of_point"];

fn is_type(word: &str) -> bool {
    PLAIN.contains(&word) || UNITS.contains(&word) || Kind::of(word).is_some()
}

/// Whether a name in a type is a word that stands for itself.
pub(crate) fn is_word(name: &str) -> bool {
    !is_type(name) && name.starts_with(|c: char| c.is_ascii_alphabetic())
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
                "int" | "seed" => "a whole number".to_owned(),
                "real" => "a plain number".to_owned(),
                "percent" => "a percentage such as `10%`".to_owned(),
                "path" | "text" => "a string".to_owned(),
                "path_of_point" => "a string such as `\"npo_{seed}.pth\"`".to_owned(),
                "arguments" => "more arguments, each with a name of your own".to_owned(),
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
                && types
                    .iter()
                    .all(|(n, ty)| members.get(&n.text).is_some_and(|v| ty.atoms.iter().any(|a| fits(v, a))))
        }
        (TypeAtom::Name(name), Data::Record(members)) if name.text == "seeds" => {
            members.iter().all(|(n, v)| {
                let seed = matches!(v.data, Data::Number(v, Unit::Plain) if is_whole(v)) || v.is_broken();
                ["train", "select", "unlearn", "evaluate"].contains(&n.as_str()) && seed
            })
        }
        (TypeAtom::Name(name), data) => match (name.text.as_str(), data) {
            ("int" | "seed", Data::Number(v, Unit::Plain)) => is_whole(*v),
            ("real", Data::Number(_, Unit::Plain)) | ("percent", Data::Number(_, Unit::Percent)) => true,
            (unit, Data::Number(v, Unit::Of(have))) => unit == *have && is_whole(*v),
            ("path" | "path_of_point" | "text", Data::Text(_))
            | ("bool", Data::Bool(_))
            | ("set", Data::Sets(_)) => true,
            ("labels", Data::Tensor(tensor)) => tensor.is_target(),
            ("loss", Data::Loss(_)) | ("parameters", Data::Parameters(_)) | ("teacher", Data::Aside(_)) => {
                true
            }
            ("layer", Data::Chain(_)) | ("metric", Data::Formula(_)) => true,
            (word, Data::Word(have)) => word == have,
            (kind, Data::Component(c)) => Kind::of(kind) == Some(c.kind),
            _ => false,
        },
        _ => false,
    }
}

fn is_whole(v: Number) -> bool {
    v.real().fract() == 0.0
}

/// There can be so many of anything that is counted; more is a slip, and would overflow what counts on.
const MAX_COUNT: i128 = 1_000_000_000_000_000;

/// A whole number in a value that the place cannot take exactly, and the least and greatest that it can.
fn beyond<'v>(value: &'v Value, ty: &Type) -> Option<(&'v Value, i128, i128)> {
    let seeds = (0, i128::from(u64::MAX));
    let outside = |value: &'v Value, (low, high): (i128, i128)| {
        let Data::Number(v, _) = value.data else { return None };
        let exact = v.whole().unwrap_or(if v.real() < 0.0 { i128::MIN } else { i128::MAX });
        (is_whole(v) && !(low..=high).contains(&exact)).then_some((value, low, high))
    };
    ty.atoms.iter().find_map(|atom| match (atom, &value.data) {
        (TypeAtom::List(inner), Data::List(items)) => items.iter().find_map(|v| beyond(v, inner)),
        (TypeAtom::Record(types, _), Data::Record(members)) => {
            types.iter().find_map(|(n, ty)| beyond(members.get(&n.text)?, ty))
        }
        (TypeAtom::Name(n), Data::Record(members)) if n.text == "seeds" => {
            members.values().find_map(|v| outside(v, seeds))
        }
        (TypeAtom::Name(n), Data::Number(_, unit)) => match (n.text.as_str(), unit) {
            ("seed", Unit::Plain) => outside(value, seeds),
            ("int", Unit::Plain) => outside(value, (i64::MIN.into(), i64::MAX.into())),
            (word, Unit::Of(unit)) if word == *unit => outside(value, (0, MAX_COUNT)),
            _ => None,
        },
        _ => None,
    })
}

/// A number in a value that lies outside the range that is declared for its place.
fn outside<'v>(value: &'v Value, ty: &Type) -> Option<(&'v Value, Range)> {
    if let (Some(range), Some(v)) = (ty.range, value.number()) {
        return (!contains(range, v)).then_some((value, range));
    }
    ty.atoms.iter().find_map(|atom| match (atom, &value.data) {
        (TypeAtom::List(inner), Data::List(items)) => items.iter().find_map(|v| outside(v, inner)),
        (TypeAtom::Record(types, _), Data::Record(members)) => {
            types.iter().find_map(|(n, ty)| outside(members.get(&n.text)?, ty))
        }
        _ => None,
    })
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
    if let Some((wrong, low, high)) = beyond(value, ty) {
        let Data::Number(v, unit) = wrong.data else { return Ok(()) };
        let (least, most) = (format!("{low}{}", unit.suffix()), format!("{high}{}", unit.suffix()));
        let label = if v.real() < 0.0 {
            format!("must be at least {least}")
        } else {
            format!("must be at most {most}")
        };
        let message = format!("`{what}` is out of range: {wrong}");
        return Err(Box::new(Diagnostic::error(Code::OutOfRange, wrong.span, message).label(label)));
    }
    if let Some((wrong, range)) = outside(value, ty) {
        let Data::Number(_, unit) = wrong.data else { return Ok(()) };
        let diagnostic =
            Diagnostic::error(Code::OutOfRange, wrong.span, format!("`{what}` is out of range: {wrong}"))
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
        let diagnostic =
            Diagnostic::error(Code::WrongUnit, value.span, format!("`{what}` takes {wants}")).label(label);
        if units.iter().any(|u| Unit::of(u) == Some(*unit)) || unit == &Unit::Plain && *first == "real" {
            return diagnostic.help(format!("{first} are whole numbers"));
        }
        let in_range = |v: f64| ty.range.is_none_or(|range| contains(range, v));
        let readings: Vec<Reading> =
            units.iter().filter_map(|u| Reading::of(*v, *unit, u)).filter(|r| in_range(r.value)).collect();
        let texts: Vec<&str> = readings.iter().map(|r| r.text.as_str()).collect();
        return match readings.as_slice() {
            [] if v.real().fract() != 0.0 => {
                diagnostic.help(format!("{first} are whole numbers, such as `10 {first}`"))
            }
            [] => diagnostic.help(format!("such as `10 {first}`")),
            [only] => {
                let title = format!("write `{}`", only.text);
                let help =
                    if only.certain { title.clone() } else { format!("did you mean `{}`?", only.text) };
                let diagnostic = diagnostic.help(help);
                if only.certain {
                    diagnostic.fix(title, value.span, only.text.clone())
                } else {
                    diagnostic.suggest(title, value.span, only.text.clone())
                }
            }
            _ => diagnostic.help(format!("did you mean `{}`?", texts.join("` or `"))),
        };
    }
    let mut diagnostic = Diagnostic::error(Code::WrongType, value.span, format!("`{what}` takes {wants}"))
        .label(format!("this is {}", value.what()));
    match &value.data {
        Data::Word(word) | Data::Text(word) if !words(ty).is_empty() => {
            diagnostic = diagnostic.meant(value.span, word, words(ty));
        }
        Data::Text(word) if kinds(ty) && is_name(word) => {
            diagnostic =
                diagnostic.suggest(format!("names stand without quotes: `{word}`"), value.span, word.clone());
        }
        // One thing where a list of such things is wanted.
        _ if ty
            .atoms
            .iter()
            .any(|a| matches!(a, TypeAtom::List(of) if of.atoms.iter().any(|a| fits(value, a)))) =>
        {
            let at = Span { end: value.span.start, ..value.span };
            let end = Span { start: value.span.end, ..value.span };
            diagnostic = diagnostic.fix("put it into a list: `[…]`", at, "[");
            if let Some(fix) = &mut diagnostic.fix {
                fix.edits.push((end, "]".to_owned()));
            }
        }
        _ => {}
    }
    diagnostic
}

fn kinds(ty: &Type) -> bool {
    names(ty).iter().any(|n| Kind::of(n).is_some())
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// What a number may have meant where its unit is missing or another.
struct Reading {
    text: String,
    value: f64,
    /// Whether the number, as it stands, can mean nothing else.
    certain: bool,
}

impl Reading {
    fn of(v: Number, unit: Unit, wanted: &str) -> Option<Self> {
        // Twelve digits: what was written in decimals comes out in decimals.
        let tidy = |v: f64| format!("{v:.12e}").parse().unwrap_or(v);
        let number = v.real();
        let plain = unit == Unit::Plain;
        let (value, certain) = match (wanted, unit) {
            // The same number in other words.
            ("real", Unit::Percent) => (tidy(number / 100.0), true),
            ("real", _) => (number, false),
            // 0.1 may be a tenth, or a tenth of a percent.
            ("percent", Unit::Plain) if number > 0.0 && number < 1.0 => (tidy(number * 100.0), false),
            ("percent", _) => (number, plain && number > 1.0),
            _ if number.fract() != 0.0 => return None,
            _ => (number, plain),
        };
        let suffix = match wanted {
            "real" => String::new(),
            "percent" => "%".to_owned(),
            unit => format!(" {unit}"),
        };
        Some(Self { text: format!("{value}{suffix}"), value, certain })
    }
}

fn contains(range: Range, v: f64) -> bool {
    (if range.low_open { v > range.low } else { v >= range.low })
        && (if range.high_open { v < range.high } else { v <= range.high })
}

/// A range as it is written behind a type.
pub(crate) fn range_text(range: Range) -> String {
    let (low, high) = (range.low, range.high);
    match (low.is_finite(), high.is_finite()) {
        (true, true) => format!(" in {low}..{high}"),
        (true, false) => format!(" {} {low}", if range.low_open { ">" } else { ">=" }),
        (false, true) => format!(" {} {high}", if range.high_open { "<" } else { "<=" }),
        (false, false) => String::new(),
    }
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

#[cfg(test)]
mod tests {
    use mu_syntax::ast::Body;

    use super::*;

    /// Whether some number of a type has no range.
    fn lacks(ty: &Type) -> bool {
        ty.atoms.iter().any(|atom| match atom {
            TypeAtom::Name(n) if ["int", "real", "percent"].contains(&n.text.as_str()) => ty.range.is_none(),
            TypeAtom::Name(n) if UNITS.contains(&n.text.as_str()) => {
                ty.range.is_none() && Kind::of(&n.text).is_none()
            }
            TypeAtom::Name(_) => false,
            TypeAtom::List(inner) => lacks(inner),
            TypeAtom::Record(members, _) => members.iter().any(|(_, ty)| lacks(ty)),
        })
    }

    /// What the engine is given has a range where it is declared: what lies outside is an error at the number, before anything runs.
    #[test]
    fn every_number_that_the_engine_is_given_has_a_range() {
        let mut without = Vec::new();
        for file in mu_stdlib::files() {
            for item in mu_syntax::parse(file.text, mu_diag::FileId(0)).file.items {
                let Item::Declaration(d) = item else { continue };
                if !matches!(d.body, Body::Builtin) {
                    continue;
                }
                for param in d.params.iter().filter(|p| p.ty.as_ref().is_some_and(lacks)) {
                    without.push(format!("{}({})", d.name.text, param.name.text));
                }
            }
        }
        // Classes are held against the data set. Groups are numbered as their file has it, below zero too.
        let known = ["accuracy(class)", "accuracy(without)", "by_class(classes)", "by_group(group)"];
        assert_eq!(without, known);
        for (kind, word) in Kind::ALL {
            let fields = crate::schema(*kind);
            assert!(
                fields.iter().all(|f| !of(f.ty).atoms.is_empty()),
                "{word} has a field that is of no type"
            );
            for field in fields.iter().filter(|f| lacks(&of(f.ty))) {
                let known = matches!(
                    (*word, field.name),
                    // A share beyond the whole is said by the data; a tolerance has no sign.
                    ("dataset", "train" | "test" | "corrupt") | ("table", "tolerance")
                );
                assert!(known, "{word}.{} has no range: {}", field.name, field.ty);
            }
        }
    }

    #[test]
    fn types_of_fields_are_read_as_they_are_written() {
        assert_eq!(describe(&of("samples | percent | all")), describe(&of("samples|percent|all")));
        let ranged = of("all | [int in 0..9]");
        let TypeAtom::List(inner) = &ranged.atoms[1] else { panic!("{ranged:?}") };
        assert_eq!((ranged.range, inner.range.map(|r| (r.low, r.high))), (None, Some((0.0, 9.0))));
        assert_eq!(of("int > 0").range.map(|r| (r.low, r.low_open)), Some((0.0, true)));
    }
}
