//! Every syntax diagnostic, one function each.

use mu_diag::{Code, Diagnostic, FileId, Span, nearest};
use mu_grammar::{Rule, words};
use pest::error::{Error, ErrorVariant, InputLocation};

use crate::lex::item_words;

pub(crate) fn starts_an_item(slice: &str) -> bool {
    let word = slice.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or("");
    item_words().any(|w| w == word)
}

pub(crate) fn too_deep(span: Span, limit: usize) -> Diagnostic {
    Diagnostic::error(Code::TooDeep, span, format!("brackets are nested more than {limit} deep"))
        .label("this one is too deep")
        .help("name the inner parts with `let`")
}

pub(crate) fn endless(span: Span) -> Diagnostic {
    Diagnostic::error(Code::TooDeep, span, "this value has more than a hundred terms")
        .help("name parts of it with `let`")
}

pub(crate) fn not_an_item(slice: &str, span: Span) -> Diagnostic {
    let word: String = slice.chars().take_while(|c| !c.is_whitespace()).collect();
    let place = Span { end: span.start + word.len() as u32, ..span };
    let guess = nearest(&word, item_words());
    Diagnostic::error(Code::Syntax, place, format!("`{word}` starts no item")).label("expected an item").help(
        guess.map_or_else(
            || {
                "an item starts with `use`, `let`, `dataset`, `model`, `method`, `experiment`, `table`, …"
                    .to_owned()
            },
            |g| format!("did you mean `{g}`?"),
        ),
    )
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
            Diagnostic::error(Code::Syntax, place, "this string is not closed")
                .label("it starts here")
                .help("end it with `\"` on the same line"),
        );
    }
    if !starts_an_item(slice)
        && let Some(at) = unclosed(code)
    {
        let at = span.start + at as u32;
        let bracket = &code[(at - span.start) as usize..][..1];
        return Some(
            Diagnostic::error(
                Code::Syntax,
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
            .help(format!("write `{name} = …`")),
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

/// pest's furthest failure in a slice that starts at `offset`, in our words.
pub(crate) fn syntax(file: FileId, offset: u32, slice: &str, error: &Error<Rule>) -> Diagnostic {
    let at = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at.min(slice.len()),
    };
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
                Code::Syntax,
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
