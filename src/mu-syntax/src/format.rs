//! The formatter: keeps the tokens, the comments and the author's line breaks; settles spacing,
//! indentation, blank lines and the alignment of `=` in blocks.

use mu_diag::{Diagnostic, FileId};

use crate::lex::{TokenKind, lex};

/// The text has syntax errors, so it is left alone.
#[derive(Debug)]
pub struct HasErrors(pub Vec<Diagnostic>);

struct Token<'a> {
    text: &'a str,
    kind: TokenKind,
    /// Line breaks before it.
    newlines: usize,
    /// Blanks before it on its line.
    spaced: bool,
}

/// The canonical form of a file.
///
/// # Errors
/// The syntax errors of a text that does not parse.
pub fn format(text: &str) -> Result<String, HasErrors> {
    let parsed = crate::parse(text, FileId(0));
    if !parsed.diagnostics.is_empty() {
        return Err(HasErrors(parsed.diagnostics));
    }
    let tokens = tokens(text);
    let mut lines: Vec<Line> = Vec::new();
    let mut open: Vec<Open<'_>> = Vec::new();
    let (mut names, mut stands) = (None, 0);
    for (at, token) in tokens.iter().enumerate() {
        let previous = at.checked_sub(1).map(|i| &tokens[i]);
        if previous.is_none() || token.newlines > 0 {
            let same_line = |(i, t): &(usize, &Token<'_>)| is_closer(t) && (*i == 0 || t.newlines == 0);
            let closers = tokens[at..].iter().enumerate().take_while(same_line).count();
            // What a line closes stands as the line that opened it.
            let base = match open.len().checked_sub(closers).and_then(|left| open.get(left)) {
                Some(closed) => closed.inside - 1,
                None => open.last().map_or(0, |o| o.inside),
            };
            let within = open.last().map(|o| o.bracket);
            if within.is_none() && token.text == "where" {
                names = Some(NAMES_BESIDE);
            }
            let step = match (previous, names.filter(|_| within.is_none())) {
                (None, _) => 0,
                // A name of a `where` clause stands below the one before it.
                (Some(p), Some(column)) if matches!(p.text, "," | "where") => column,
                (Some(p), Some(column)) if token.text != "where" && continues(p, token, within) => column + 1,
                // A line that goes on from the one above, in the same brackets, stands one step in.
                (Some(p), _) => usize::from(continues(p, token, within)),
            };
            if within.is_none() && step == 0 {
                names = None;
            }
            let depth = base + step;
            // What a `where` clause opens in its first line stands by its name.
            stands = if within.is_none() && token.text == "where" { base + NAMES_BESIDE } else { depth };
            let blank = token.newlines > 1 && previous.is_some_and(|p| !is_opener(p)) && closers == 0;
            lines.push(Line { depth, blank, text: String::new(), equals: None, comment: None });
        }
        let Some(line) = lines.last_mut() else { continue };
        if token.kind == TokenKind::Comment && !line.text.is_empty() {
            line.comment = Some(token.text.trim_end().to_owned());
            continue;
        }
        if !line.text.is_empty() && space_between(previous, token, at.checked_sub(2).map(|i| &tokens[i])) {
            line.text.push(' ');
        }
        let only_name = line.text.trim_end().chars().all(|c| c.is_alphanumeric() || c == '_');
        if token.text == "="
            && line.equals.is_none()
            && only_name
            && open.last().is_some_and(|o| o.bracket == "{")
        {
            line.equals = Some(line.text.trim_end().chars().count());
        }
        line.text.push_str(token.text.trim_end());
        let number = lines.len();
        match token.text {
            "{" | "(" | "[" => {
                let beside = open.iter().filter(|o| o.line == number).count();
                open.push(Open { bracket: token.text, line: number, inside: stands + beside + 1 });
            }
            "}" | ")" | "]" => drop(open.pop()),
            "where" if open.is_empty() && names.is_none() => names = Some(NAMES_BELOW),
            _ => {}
        }
    }
    align(&mut lines);
    Ok(render(&lines))
}

/// How many steps in the further names of a `where` clause stand: below the first one, where the clause begins its line.
const NAMES_BESIDE: usize = 4;
const NAMES_BELOW: usize = 1;

/// A bracket that is open.
struct Open<'t> {
    bracket: &'t str,
    /// The number of the line that opened it.
    line: usize,
    /// How many steps in the lines within it stand.
    inside: usize,
}

struct Line {
    depth: usize,
    blank: bool,
    text: String,
    /// Where the field's `=` is, in characters.
    equals: Option<usize>,
    comment: Option<String>,
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut end = 0;
    lex(text)
        .into_iter()
        .map(|token| {
            let gap = &text[end..token.start];
            end = token.start + token.text.len();
            let newlines = gap.matches('\n').count();
            Token { text: token.text, kind: token.kind, newlines, spaced: !gap.is_empty() }
        })
        .collect()
}

fn is_opener(token: &Token<'_>) -> bool {
    matches!(token.text, "{" | "(" | "[")
}

fn is_closer(token: &Token<'_>) -> bool {
    matches!(token.text, "}" | ")" | "]")
}

/// Whether a line that starts with `token` continues the statement that `previous` ends.
fn continues(previous: &Token<'_>, token: &Token<'_>, within: Option<&str>) -> bool {
    let infix = |t: &Token<'_>| {
        t.kind == TokenKind::Symbol
            && matches!(
                t.text,
                "=" | "+"
                    | "-"
                    | "*"
                    | "/"
                    | "->"
                    | ".."
                    | "±"
                    | "+-"
                    | "|"
                    | "=="
                    | "!="
                    | "<"
                    | ">"
                    | "<="
                    | ">="
            )
            || t.kind == TokenKind::Word
                && matches!(t.text, "over" | "each" | "and" | "or" | "not" | "with" | "towards")
    };
    // In a block `where` is a field.
    let clause = |t: &Token<'_>| within.is_none() && t.text == "where";
    !matches!(within, Some("(" | "[")) && [previous, token].into_iter().any(|t| infix(t) || clause(t))
}

fn space_between(previous: Option<&Token<'_>>, token: &Token<'_>, before: Option<&Token<'_>>) -> bool {
    let Some(previous) = previous else { return false };
    let (left, right) = (previous.text, token.text);
    match (left, right) {
        (_, "," | ":" | ")" | "]" | "%") | ("(" | "[" | ".", _) | (_, ".") => false,
        // A call's bracket touches its callee; a group's does not.
        (_, "(" | "[") if previous.kind == TokenKind::Word => token.spaced,
        (")" | "]", "[") => false,
        // Ranges of plain numbers are tight unless the author spaced them.
        (_, "..") | ("..", _) => token.spaced,
        ("-", _) => before.is_some_and(ends_value),
        _ => true,
    }
}

/// Whether a minus after this token subtracts.
fn ends_value(token: &Token<'_>) -> bool {
    match token.kind {
        TokenKind::Word => !matches!(
            token.text,
            "in" | "minimize"
                | "for"
                | "by"
                | "over"
                | "each"
                | "of"
                | "and"
                | "or"
                | "not"
                | "where"
                | "towards"
                | "usual"
        ),
        TokenKind::Number | TokenKind::Text => true,
        _ => matches!(token.text, ")" | "]" | "%"),
    }
}

/// Lines up the `=` of the fields of one block; an empty line begins a new group.
fn align(lines: &mut [Line]) {
    let mut done = vec![false; lines.len()];
    for first in 0..lines.len() {
        if done[first] || lines[first].equals.is_none() {
            continue;
        }
        let depth = lines[first].depth;
        let in_group = |line: &Line| line.depth > depth || line.depth == depth && !line.blank;
        let rest = lines[first + 1..].iter().take_while(|l| in_group(l)).count();
        let group: Vec<usize> = (first..=first + rest).filter(|i| lines[*i].depth == depth).collect();
        let width = group.iter().filter_map(|i| lines[*i].equals).max().unwrap_or(0);
        for at in group {
            done[at] = true;
            if let Some(column) = lines[at].equals {
                lines[at].text.insert_str(column, &" ".repeat(width - column));
            }
        }
    }
}

fn render(lines: &[Line]) -> String {
    let mut out = String::new();
    for (at, line) in lines.iter().enumerate() {
        if line.blank && at > 0 {
            out.push('\n');
        }
        out.push_str(&"  ".repeat(line.depth));
        out.push_str(&line.text);
        if let Some(comment) = &line.comment {
            out.push_str("  ");
            out.push_str(comment);
        }
        out.push('\n');
    }
    out
}
