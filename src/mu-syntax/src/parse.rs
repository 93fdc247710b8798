//! Runs pest over a file, then once more over each broken slice to say what is wrong with it.

use mu_diag::{Code, Diagnostic, FileId, Span};
use mu_grammar::{MuParser, Rule};
use pest::Parser;

use crate::{ast, errors, lower};

/// Brackets may be nested this deep; everything after the parser recurses.
const MAX_DEPTH: usize = 64;
/// So many things may stand between two brackets, separated by commas.
const MAX_ITEMS: usize = 50_000;

/// A file's tree and its syntax errors.
#[derive(Debug)]
pub struct Parsed {
    /// What could be read.
    pub file: ast::File,
    /// What could not.
    pub diagnostics: Vec<Diagnostic>,
}

/// Parses a file's text.
#[must_use]
pub fn parse(text: &str, id: FileId) -> Parsed {
    let mut out = Parsed { file: ast::File::default(), diagnostics: Vec::new() };
    if let Some(found) = too_large(text, id) {
        out.diagnostics.push(found);
        return out;
    }
    match MuParser::parse(Rule::file, text) {
        Ok(pairs) => {
            let mut lowering = lower::Lowering { file: id, ..lower::Lowering::default() };
            out.file = lowering.file(pairs);
            out.diagnostics.extend(lowering.endless.into_iter().map(errors::endless));
            out.diagnostics.extend(lowering.numberless.into_iter().map(|s| errors::numberless(text, s)));
            let broken = lowering.broken;
            // A method with one broken statement is read as a block, in which no statement fits: those that are whole are not
            // at fault.
            let whole = |(rule, span): &(Rule, Span)| {
                let slice = &text[span.start as usize..span.end as usize];
                *rule == Rule::broken_field && errors::starts_a_statement(slice) && is_statement(slice)
            };
            let faults: Vec<(Rule, Span)> = broken.iter().filter(|b| !whole(b)).copied().collect();
            for (rule, span) in if faults.is_empty() { broken } else { faults } {
                out.diagnostics.push(explain(text, rule, span));
            }
        }
        Err(error) => out.diagnostics.push(errors::syntax(id, 0, text, &error)),
    }
    out
}

/// Parses a broken slice as what it should have been, for pest's furthest position and expectations.
fn explain(text: &str, rule: Rule, span: Span) -> Diagnostic {
    let slice = &text[span.start as usize..span.end as usize];
    if let Some(found) = errors::behind_a_field(text, span).or_else(|| errors::habits(slice, span)) {
        return found;
    }
    let rule = match rule {
        Rule::broken_item => Rule::item,
        _ if errors::starts_a_statement(slice) => Rule::statement,
        _ => Rule::field,
    };
    if rule == Rule::item && !errors::starts_an_item(slice) {
        return errors::not_an_item(slice, span);
    }
    match MuParser::parse(rule, slice) {
        Err(error) => errors::syntax(span.file, span.start, slice, &error),
        Ok(pairs) => {
            let end = pairs.as_str().len();
            let rest = slice[end..].trim_start();
            let at = span.end - rest.len() as u32;
            let word = rest.split_whitespace().next().unwrap_or("");
            let place = Span { start: at, end: at + word.len() as u32, ..span };
            Diagnostic::error(Code::Syntax, place, format!("unexpected `{word}`"))
                .label("nothing may follow the value here")
                .maybe_help(Some("one `name = value` per line".to_owned()))
        }
    }
}

/// Whether a slice is a statement of a method and nothing else.
fn is_statement(slice: &str) -> bool {
    MuParser::parse(Rule::statement, slice).is_ok_and(|pairs| slice[pairs.as_str().len()..].trim().is_empty())
}

/// What makes a text too large to parse in reasonable time and stack: brackets within brackets, or endless lists.
fn too_large(text: &str, file: FileId) -> Option<Diagnostic> {
    let (mut in_text, mut in_comment) = (false, false);
    let mut items: Vec<usize> = Vec::new();
    let mut previous = ' ';
    for (at, c) in text.char_indices() {
        match c {
            '\n' => (in_text, in_comment) = (false, false),
            '"' if !in_comment && previous != '\\' => in_text = !in_text,
            '/' if !in_text && previous == '/' => in_comment = true,
            '(' | '[' | '{' if !in_text && !in_comment => items.push(0),
            ')' | ']' | '}' if !in_text && !in_comment => drop(items.pop()),
            ',' if !in_text && !in_comment => items.iter_mut().last().into_iter().for_each(|n| *n += 1),
            _ => {}
        }
        previous = c;
        let span = Span { file, start: at as u32, end: at as u32 + 1 };
        if items.len() > MAX_DEPTH {
            return Some(errors::too_deep(span, MAX_DEPTH));
        }
        if items.last().is_some_and(|n| *n > MAX_ITEMS) {
            return Some(errors::too_many(span, MAX_ITEMS));
        }
    }
    None
}
