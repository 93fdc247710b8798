//! What a name is: its declaration, its documentation, the values it takes.

use gen_lsp_types::{Contents, Hover, MarkupContent, MarkupKind};
use mu_check::{Role, Symbol, schema};
use mu_syntax::ast::Kind;

use crate::context::{Block, context};
use crate::document::Document;
use crate::places::Lines;

pub(crate) fn hover(document: &Document, at: usize) -> Option<Hover> {
    let file = document.checked.sources.find(&crate::places::path_of(&document.uri))?;
    let index = &document.checked.index;
    let (span, text) = match index.at(file, at as u32) {
        Some((span, symbol)) => (span, describe(document, &index.symbols[symbol])),
        None => {
            let (start, word) = word_at(&document.text, at)?;
            let span = mu_diag::Span { file, start: start as u32, end: (start + word.len()) as u32 };
            (span, field_or_unit(document, start, word)?)
        }
    };
    let contents = Contents::MarkupContent(MarkupContent { kind: MarkupKind::Markdown, value: text });
    Some(Hover { contents, range: Some(Lines::of(&document.text).range(span)) })
}

fn describe(document: &Document, symbol: &Symbol) -> String {
    let index = &document.checked.index;
    let mut text = format!("```mu\n{}\n```\n", symbol.signature);
    if symbol.role == Role::Parameter
        && let Some(parent) = symbol.parent
    {
        text.push_str(&format!("A parameter of `{}`.\n", index.symbols[parent].name));
    }
    if !symbol.docs.is_empty() {
        text.push_str(&format!("\n{}\n", symbol.docs));
    }
    let experiments = &document.checked.program.experiments;
    match symbol.role {
        Role::Field => {
            if let Some(field) = schema(Kind::Experiment).iter().find(|f| f.name == symbol.name) {
                text.push_str(&format!("\n{}\n", field.docs));
            }
            let experiment = symbol.parent.map(|p| &index.symbols[p].name);
            let axes = experiments.iter().filter(|e| Some(&e.name) == experiment).flat_map(|e| &e.axes);
            let below = format!("{}.", symbol.name);
            for axis in axes.filter(|a| a.name == symbol.name || a.name.starts_with(&below)) {
                let shown: Vec<&str> = axis.labels.iter().take(8).map(String::as_str).collect();
                let more = if axis.labels.len() > shown.len() { ", …" } else { "" };
                let n = axis.labels.len();
                text.push_str(&format!("\nAxis `{}` of {n}: {}{more}\n", axis.name, shown.join(", ")));
            }
        }
        Role::Declaration(Kind::Experiment) => {
            if let Some(e) = experiments.iter().find(|e| e.name == symbol.name) {
                text.push_str(&format!("\n{} points\n", e.size()));
            }
        }
        _ => {}
    }
    text
}

fn field_or_unit(document: &Document, start: usize, word: &str) -> Option<String> {
    if mu_check::UNITS.contains(&word) {
        return Some(format!("The unit `{word}`: a whole number of {word}."));
    }
    let Block::Fields(kind) = context(&document.text, start).block else { return None };
    let field = schema(kind).iter().find(|f| f.name == word)?;
    Some(format!("```mu\n{}: {}\n```\n{}\n", field.name, field.ty, field.docs))
}

/// The word around a byte.
pub(crate) fn word_at(text: &str, at: usize) -> Option<(usize, &str)> {
    let inside = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let start = text[..at]
        .rfind(|c| !inside(c))
        .map_or(0, |i| i + text[i..].chars().next().map_or(1, char::len_utf8));
    let end = text[at..].find(|c| !inside(c)).map_or(text.len(), |i| at + i);
    (start < end).then(|| (start, &text[start..end]))
}
