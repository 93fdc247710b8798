//! Where names are: definition, references, rename, outline.

use std::collections::HashMap;

use gen_lsp_types::{DocumentSymbol, Location, Range, SymbolKind, TextEdit, Uri, WorkspaceEdit};
use mu_check::{Role, Symbol};
use mu_diag::Span;
use mu_syntax::ast::Kind;

use crate::Host;
use crate::document::{Document, location};
use crate::places::{Lines, path_of};

fn symbol_at(document: &Document, at: usize) -> Option<(Span, usize)> {
    let file = document.checked.sources.find(&path_of(&document.uri))?;
    document.checked.index.at(file, at as u32)
}

fn place(document: &Document, span: Span, host: &dyn Host) -> Option<Location> {
    let uri = location(document, span.file, host)?;
    Some(Location { uri, range: Lines::of(document.checked.sources.text(span.file)).range(span) })
}

pub(crate) fn definition(document: &Document, at: usize, host: &dyn Host) -> Option<Location> {
    let (_, symbol) = symbol_at(document, at)?;
    place(document, document.checked.index.symbols[symbol].span, host)
}

pub(crate) fn references(document: &Document, at: usize, whole: bool, host: &dyn Host) -> Vec<Location> {
    let Some((_, symbol)) = symbol_at(document, at) else { return Vec::new() };
    let places = document.checked.index.places(symbol);
    places.into_iter().skip(usize::from(!whole)).filter_map(|s| place(document, s, host)).collect()
}

/// The name at the cursor, where it can be renamed: the library's names cannot.
pub(crate) fn renamable(document: &Document, at: usize) -> Option<(Range, usize)> {
    let (span, symbol) = symbol_at(document, at)?;
    let defined = &document.checked.index.symbols[symbol];
    let fixed =
        document.checked.sources.name(defined.span.file).starts_with("std:") || defined.role == Role::Field;
    (!fixed).then(|| (Lines::of(&document.text).range(span), symbol))
}

pub(crate) fn rename(
    document: &Document,
    at: usize,
    name: &str,
    host: &dyn Host,
) -> Result<WorkspaceEdit, String> {
    let word = |w: &str| {
        w.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && w.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    if !name.split('@').all(word) || name.matches('@').count() > 1 {
        return Err(format!("`{name}` is not a name: letters, digits and _, not beginning with a digit"));
    }
    if mu_syntax::lex::RESERVED.contains(&name) {
        return Err(format!("`{name}` is a word of the language"));
    }
    let Some((_, symbol)) = renamable(document, at) else {
        return Err("names of the standard library and of fields cannot be changed".to_owned());
    };
    let index = &document.checked.index;
    let defined = &index.symbols[symbol];
    let sibling =
        |s: &&Symbol| s.parent == defined.parent && s.name == name && s.span.file == defined.span.file;
    if index.symbols.iter().find(sibling).is_some() {
        return Err(format!("`{name}` is already there"));
    }
    let mut changes: HashMap<Uri, Vec<TextEdit>> = HashMap::new();
    for span in index.places(symbol) {
        let Some(found) = place(document, span, host) else { continue };
        changes
            .entry(found.uri)
            .or_default()
            .push(TextEdit { range: found.range, new_text: name.to_owned() });
    }
    Ok(WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() })
}

pub(crate) fn symbols(document: &Document) -> Vec<DocumentSymbol> {
    let index = &document.checked.index;
    let Some(file) = document.checked.sources.find(&path_of(&document.uri)) else { return Vec::new() };
    let lines = Lines::of(&document.text);
    let mut children: HashMap<usize, Vec<usize>> = HashMap::new();
    let mut roots = Vec::new();
    for (at, symbol) in index.symbols.iter().enumerate().filter(|(_, s)| s.span.file == file) {
        match symbol.parent {
            _ if symbol.role == Role::Module => {}
            Some(parent) => children.entry(parent).or_default().push(at),
            None => roots.push(at),
        }
    }
    roots.into_iter().map(|at| outline(&index.symbols, at, &children, &lines)).collect()
}

fn outline(
    symbols: &[Symbol],
    at: usize,
    children: &HashMap<usize, Vec<usize>>,
    lines: &Lines<'_>,
) -> DocumentSymbol {
    let symbol = &symbols[at];
    let below = children.get(&at).map(|c| c.iter().map(|c| outline(symbols, *c, children, lines)).collect());
    let selection = lines.range(symbol.span);
    let whole = lines.range(symbol.whole);
    #[allow(deprecated, reason = "the type has the field")]
    DocumentSymbol {
        name: symbol.name.clone(),
        detail: Some(symbol.signature.clone()),
        kind: match symbol.role {
            Role::Declaration(Kind::Experiment) => SymbolKind::Module,
            Role::Declaration(Kind::Table | Kind::Figure) => SymbolKind::Object,
            Role::Declaration(_) => SymbolKind::Function,
            Role::Let | Role::Local => SymbolKind::Constant,
            Role::Parameter => SymbolKind::Variable,
            Role::Module => SymbolKind::Namespace,
            Role::Field => SymbolKind::Property,
            Role::Position => SymbolKind::EnumMember,
        },
        tags: None,
        deprecated: None,
        range: whole,
        selection_range: selection,
        children: below,
    }
}
