//! Colours by meaning: keywords, units, and what each name is.

use std::collections::HashMap;

use gen_lsp_types::{SemanticToken, SemanticTokens, SemanticTokensLegend};
use mu_check::{Role, UNITS};
use mu_syntax::ast::Kind;
use mu_syntax::lex::{CONTEXTUAL, RESERVED, TokenKind, item_words, lex};

use crate::document::Document;
use crate::places::{Lines, path_of};

const TYPES: &[&str] = &[
    "comment",
    "string",
    "number",
    "keyword",
    "function",
    "class",
    "variable",
    "parameter",
    "property",
    "enumMember",
    "namespace",
    "type",
];

pub(crate) fn legend() -> SemanticTokensLegend {
    SemanticTokensLegend {
        token_types: TYPES.iter().map(|t| (*t).to_owned()).collect(),
        token_modifiers: Vec::new(),
    }
}

fn number(name: &str) -> u32 {
    TYPES.iter().position(|t| *t == name).unwrap_or(0) as u32
}

pub(crate) fn tokens(document: &Document) -> SemanticTokens {
    let index = &document.checked.index;
    let file = document.checked.sources.find(&path_of(&document.uri));
    let defined = index.symbols.iter().enumerate().map(|(i, s)| (s.span, i));
    let names: HashMap<u32, usize> = index
        .uses
        .iter()
        .copied()
        .chain(defined)
        .filter(|(s, _)| Some(s.file) == file)
        .map(|(s, i)| (s.start, i))
        .collect();
    let lines = Lines::of(&document.text);
    let mut data = Vec::new();
    let (mut line, mut column) = (0, 0);
    let mut after_number = false;
    for token in lex(&document.text) {
        let name = names.get(&(token.start as u32)).map(|i| index.symbols[*i].role);
        let kind = match (token.kind, name) {
            (TokenKind::Comment, _) => "comment",
            (TokenKind::Text, _) => "string",
            (TokenKind::Number, _) => "number",
            (TokenKind::Word, Some(role)) => match role {
                Role::Declaration(Kind::Method | Kind::Metric | Kind::Loss | Kind::Layer) => "function",
                Role::Declaration(_) => "class",
                Role::Let | Role::Local => "variable",
                Role::Parameter => "parameter",
                Role::Module => "namespace",
                Role::Field => "property",
                Role::Position => "enumMember",
            },
            (TokenKind::Word, None) if after_number && UNITS.contains(&token.text) => "type",
            (TokenKind::Word, None)
                if RESERVED.contains(&token.text)
                    || CONTEXTUAL.contains(&token.text)
                    || item_words().any(|w| w == token.text) =>
            {
                "keyword"
            }
            _ => {
                after_number = false;
                continue;
            }
        };
        after_number = token.kind == TokenKind::Number;
        let start = lines.position(token.start);
        let length = token.text.trim_end().encode_utf16().count() as u32;
        data.push(SemanticToken {
            delta_line: start.line - line,
            delta_start: if start.line == line { start.character - column } else { start.character },
            length,
            token_type: number(kind),
            token_modifiers_bitset: 0,
        });
        (line, column) = (start.line, start.character);
    }
    SemanticTokens { result_id: None, data }
}
