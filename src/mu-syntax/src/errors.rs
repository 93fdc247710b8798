//! Every syntax diagnostic, one function each.

use mu_diag::{Code, Diagnostic, FileId, Span, nearest};
use mu_grammar::{Rule, words};
use pest::error::{Error, ErrorVariant, InputLocation};

use crate::lex::item_words;

pub(crate) fn starts_an_item(slice: &str) -> bool {
    let word = slice.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or("");
    item_words().any(|w| w == word)
}

/// Whether a slice begins with a statement of a method; what is set with `=` is a field.
pub(crate) fn starts_a_statement(slice: &str) -> bool {
    const WORDS: [&str; 9] =
        ["start", "update", "slow", "reinit", "step", "add", "alternate", "repeat", "keep"];
    let word = slice.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or("");
    WORDS.contains(&word) && !slice[word.len()..].trim_start().starts_with(['=', ':', '('])
}

pub(crate) fn too_deep(span: Span, limit: usize) -> Diagnostic {
    Diagnostic::error(Code::TooDeep, span, format!("brackets are nested more than {limit} deep"))
        .label("this one is too deep")
        .help("name the inner parts with `let`")
}

pub(crate) fn too_many(span: Span, limit: usize) -> Diagnostic {
    Diagnostic::error(Code::TooDeep, span, format!("more than {limit} things between two brackets"))
        .label("this is one too many")
        .help("for long axes write a range, such as `0..100000`, or `log(1e-4 .. 1e-1, points: 100000)`")
}

/// A numeral that no float64 stands for.
pub(crate) fn numberless(text: &str, span: Span) -> Diagnostic {
    let numeral = &text[span.start as usize..span.end as usize];
    let shown = if numeral.len() > 40 { "this numeral" } else { numeral };
    Diagnostic::error(Code::OutOfRange, span, format!("no number stands for `{shown}`"))
        .label("numbers lie between about 1e-308 and 1e308")
        .help("write a number of that range")
}

pub(crate) fn endless(span: Span) -> Diagnostic {
    Diagnostic::error(Code::TooDeep, span, "this value has more than a hundred terms")
        .help("name parts of it with `let`")
}

pub(crate) fn not_an_item(slice: &str, span: Span) -> Diagnostic {
    let word: String = slice.chars().take_while(|c| !c.is_whitespace()).collect();
    let place = Span { end: span.start + word.len() as u32, ..span };
    let found =
        Diagnostic::error(Code::Syntax, place, format!("`{word}` starts no item")).label("expected an item");
    if slice[word.len()..].trim_start().starts_with('=') && nearest(&word, item_words()).is_none() {
        let at = Span { end: span.start, ..span };
        return found.suggest(format!("write `let {word} = …`"), at, "let ");
    }
    if nearest(&word, item_words()).is_some() {
        return found.meant(place, &word, item_words());
    }
    found.help("an item starts with `use`, `let`, `dataset`, `model`, `method`, `experiment`, `table`, …")
}

/// What stands behind a whole field: `= x` behind a condition, `;`, `+/- std`.
pub(crate) fn behind_a_field(text: &str, span: Span) -> Option<Diagnostic> {
    let slice = &text[span.start as usize..span.end as usize];
    let line = text[..span.start as usize].rsplit('\n').next().unwrap_or("").trim_start();
    let field: String = line.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    let place = |length: usize| Span { end: span.start + length as u32, ..span };
    let error = |length: usize, message: &str| Diagnostic::error(Code::Syntax, place(length), message);
    if slice.starts_with('=') && !slice.starts_with("==") && ["where", "on"].contains(&field.as_str()) {
        let found = error(1, "a condition compares with `==`").label("`=` sets a field");
        return Some(found.fix("write `==`", place(1), "=="));
    }
    for sign in ["+/-", "+-"] {
        if field == "cell" && slice.starts_with(sign) {
            let found = error(sign.len(), "a spread stands behind `±`");
            return Some(found.fix("write `±`", place(sign.len()), "±"));
        }
    }
    if slice.starts_with(';') && !line.is_empty() {
        return Some(error(1, "a field ends with its line").fix("leave the `;` away", place(1), ""));
    }
    None
}

/// Mistakes that people bring from other languages, before pest's own words.
pub(crate) fn habits(slice: &str, span: Span) -> Option<Diagnostic> {
    let line = slice.lines().next().unwrap_or("");
    let code = line.split("//").next().unwrap_or("");
    let quotes = code.matches('"').count() - code.matches("\\\"").count();
    if quotes % 2 == 1 {
        let at = span.start + code.rfind('"')? as u32;
        let place = Span { start: at, end: span.start + code.trim_end().len() as u32, ..span };
        return Some(
            Diagnostic::error(Code::Unclosed, place, "this string is not closed")
                .label("it starts here")
                .help("end it with `\"` on the same line"),
        );
    }
    // A field is judged by its first line, an item without a block by all of it.
    let item = starts_an_item(slice);
    let text = if item { slice } else { code };
    if (!item || !slice.contains('{'))
        && let Some(at) = unclosed(text)
    {
        let at = span.start + at as u32;
        let bracket = &text[(at - span.start) as usize..][..1];
        return Some(
            Diagnostic::error(
                Code::Unclosed,
                Span { start: at, end: at + 1, ..span },
                format!("this `{bracket}` is never closed"),
            )
            .label("it opens here"),
        );
    }
    let name: String = code.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    let rest = code[name.len()..].trim_start();
    if !name.is_empty() && rest.starts_with(':') && !starts_an_item(slice) {
        let at = span.start + (code.len() - rest.len()) as u32;
        return Some(
            Diagnostic::error(
                Code::Syntax,
                Span { start: at, end: at + 1, ..span },
                "a field is set with `=`",
            )
            .label("`:` is for arguments in `(…)`")
            .help(format!("write `{name} = …`"))
            .edit(
                format!("write `{name} =`"),
                Span { start: at, end: at + 1, ..span },
                " =",
                !starts_a_statement(slice),
            ),
        );
    }
    None
}

/// The innermost `(` or `[` that the text leaves open.
fn unclosed(text: &str) -> Option<usize> {
    let mut open = Vec::new();
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '(' | '[' if !quoted => open.push(at),
            ')' | ']' if !quoted => drop(open.pop()),
            _ => {}
        }
    }
    open.pop()
}

/// Mistakes that show at the place where pest stops: `=` in a call, a missing comma, a unit before its number.
fn misplaced(file: FileId, offset: u32, slice: &str, at: usize) -> Option<Diagnostic> {
    let (before, rest) = (slice[..at].trim_end(), &slice[at..]);
    let start = offset + at as u32;
    let place = |length: usize| Span { file, start, end: start + length as u32 };
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let last_word = &before[before
        .rfind(|c| !is_word(c))
        .map_or(0, |i| i + before[i..].chars().next().map_or(1, char::len_utf8))..];
    let within = unclosed(before);
    let bracket = within.map(|i| &before[i..=i]);
    let condition = match within {
        Some(at) => before[at..].contains(" where "),
        None => ["where", "except", "on"].iter().any(|w| before.trim_start().starts_with(w)),
    };
    if rest.starts_with('=') && !rest.starts_with("==") && condition && !last_word.is_empty() {
        return Some(
            Diagnostic::error(Code::Syntax, place(1), "a condition compares with `==`")
                .label("`=` sets a field")
                .help(format!("write `{last_word} == …`"))
                .fix(format!("write `{last_word} ==`"), place(1), "=="),
        );
    }
    if rest.starts_with('=') && !rest.starts_with("==") && bracket == Some("(") && !last_word.is_empty() {
        return Some(
            Diagnostic::error(Code::Syntax, place(1), "an argument is given with `:`")
                .label("`=` is for fields in `{ … }`")
                .help(format!("write `{last_word}: …`"))
                .fix(
                    format!("write `{last_word}:`"),
                    Span { file, start: offset + before.len() as u32, end: start + 1 },
                    if rest[1..].starts_with(' ') { ":" } else { ": " },
                ),
        );
    }
    if rest.starts_with('^') || (rest.starts_with('*') && before.ends_with('*')) {
        let sign = if rest.starts_with('^') { "^" } else { "**" };
        return Some(
            Diagnostic::error(Code::Syntax, place(1), format!("there is no operator `{sign}`"))
                .label("powers are a function")
                .help("write `power(a, b)`, or `square(a)`"),
        );
    }
    if rest.starts_with("maximize") {
        return Some(
            Diagnostic::error(Code::Syntax, place(8), "unexpected `maximize`")
                .label("expected `minimize`")
                .help("what is to grow is minimised with a minus: `minimize -ce(forget)`"),
        );
    }
    let number: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let is_name = last_word.starts_with(|c: char| c.is_ascii_alphabetic());
    if !number.is_empty() && crate::lex::UNITS.contains(&last_word) && !before.ends_with(['(', ',', '[']) {
        let from = Span {
            file,
            start: offset + (before.len() - last_word.len()) as u32,
            end: start + number.len() as u32,
        };
        return Some(
            Diagnostic::error(Code::Syntax, from, "a unit stands behind its number")
                .help(format!("write `{number} {last_word}`"))
                .fix(format!("write `{number} {last_word}`"), from, format!("{number} {last_word}")),
        );
    }
    if let Some(digits) = rest.strip_prefix('%').filter(|d| d.starts_with(|c: char| c.is_ascii_digit())) {
        let number: String = digits.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
        let span = place(1 + number.len());
        return Some(
            Diagnostic::error(Code::Syntax, span, "a unit stands behind its number")
                .help(format!("write `{number}%`"))
                .fix(format!("write `{number}%`"), span, format!("{number}%")),
        );
    }
    let begins = rest.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '"' | '['));
    let ended = before.ends_with(|c: char| is_word(c) || matches!(c, ')' | ']' | '"' | '%'));
    let word: String = rest.chars().take_while(|c| is_word(*c)).collect();
    let operator = crate::lex::RESERVED.contains(&word.as_str()) || crate::lex::RESERVED.contains(&last_word);
    if bracket.is_some() && begins && ended && !operator && before.len() > within.unwrap_or(0) + 1 {
        let end = offset + before.len() as u32;
        // `f(a b)` may be `f(a, b)` or `f(a: b)`.
        let label = bracket == Some("(") && is_name;
        return Some(
            Diagnostic::error(Code::Syntax, place(word.len().max(1)), "a `,` is missing before this")
                .help(if label {
                    "arguments are separated by `,`, and given by name with `:`"
                } else {
                    "arguments and items of lists are separated by `,`"
                })
                .edit("insert `,`", Span { file, start: end, end }, ",", !label),
        );
    }
    None
}

/// pest's furthest failure in a slice that starts at `offset`, in our words.
pub(crate) fn syntax(file: FileId, offset: u32, slice: &str, error: &Error<Rule>) -> Diagnostic {
    let at = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at.min(slice.len()),
    };
    if let Some(found) = misplaced(file, offset, slice, at) {
        return found;
    }
    let rest = &slice[at..];
    let word: String = {
        let word: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        if word.is_empty() { rest.chars().take(1).filter(|c| !c.is_whitespace()).collect() } else { word }
    };
    let start = offset + at as u32;
    let span = Span { file, start, end: start + word.len() as u32 };
    let mut expected: Vec<&str> = match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => positives.iter().filter_map(|r| words(*r)).collect(),
        ErrorVariant::CustomError { .. } => Vec::new(),
    };
    expected.sort_unstable();
    expected.dedup();
    let label = match expected.as_slice() {
        [] => "this does not fit here".to_owned(),
        [one] => format!("expected {one}"),
        [most @ .., last] => format!("expected {} or {last}", most.join(", ")),
    };
    if word.is_empty() {
        let opened = slice.matches('{').count() > slice.matches('}').count();
        let open = if opened { slice.find('{') } else { None };
        if let Some(open) = open {
            let at = offset + open as u32;
            return Diagnostic::error(
                Code::Unclosed,
                Span { file, start: at, end: at + 1 },
                "this `{` is never closed",
            )
            .label("it opens here")
            .help("close it with `}`");
        }
        return Diagnostic::error(Code::Syntax, span, "the text ends too early").label(label);
    }
    Diagnostic::error(Code::Syntax, span, format!("unexpected `{word}`")).label(label)
}
