//! Runs pest over a file, then once more over each broken slice to say what is wrong with it.

use mu_diag::{Code, Diagnostic, FileId, Span};
use mu_grammar::{MuParser, Rule};
use pest::Parser;

use crate::{ast, errors, lower};

/// Brackets may be nested this deep; everything after the parser recurses.
const MAX_DEPTH: usize = 64;

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
    if let Some(span) = too_deep(text, id) {
        out.diagnostics.push(errors::too_deep(span, MAX_DEPTH));
        return out;
    }
    match MuParser::parse(Rule::file, text) {
        Ok(pairs) => {
            let mut lowering = lower::Lowering { file: id, broken: Vec::new(), endless: Vec::new() };
            out.file = lowering.file(pairs);
            out.diagnostics.extend(lowering.endless.into_iter().map(errors::endless));
            for broken in lowering.broken {
                out.diagnostics.push(explain(text, broken.0, broken.1));
            }
        }
        Err(error) => out.diagnostics.push(errors::syntax(id, 0, text, &error)),
    }
    out
}

/// Parses a broken slice as what it should have been, for pest's furthest position and expectations.
fn explain(text: &str, rule: Rule, span: Span) -> Diagnostic {
    let slice = &text[span.start as usize..span.end as usize];
    if let Some(found) = errors::habits(slice, span) {
        return found;
    }
    let rule = if rule == Rule::broken_item { Rule::item } else { Rule::field };
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

fn too_deep(text: &str, file: FileId) -> Option<Span> {
    let (mut depth, mut in_text, mut in_comment) = (0usize, false, false);
    let mut previous = ' ';
    for (at, c) in text.char_indices() {
        match c {
            '\n' => (in_text, in_comment) = (false, false),
            '"' if !in_comment && previous != '\\' => in_text = !in_text,
            '/' if !in_text && previous == '/' => in_comment = true,
            '(' | '[' | '{' if !in_text && !in_comment => depth += 1,
            ')' | ']' | '}' if !in_text && !in_comment => depth = depth.saturating_sub(1),
            _ => {}
        }
        previous = c;
        if depth > MAX_DEPTH {
            return Some(Span { file, start: at as u32, end: at as u32 + 1 });
        }
    }
    None
}
