//! Tokens: what the formatter spaces and editors colour. Any text has them.

use mu_grammar::{MuParser, Rule};
use pest::Parser;

/// A piece of a text that is not blank.
#[derive(Clone, Copy, Debug)]
pub struct Token<'a> {
    /// Its text.
    pub text: &'a str,
    /// Its first byte.
    pub start: usize,
    /// What it is.
    pub kind: TokenKind,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// `// …` to the end of the line.
    Comment,
    /// `"…"`
    Text,
    /// `1e-3`, without its unit.
    Number,
    /// A keyword, a name, a unit.
    Word,
    /// A bracket or an operator.
    Symbol,
    /// What fits nothing.
    Other,
}

/// The tokens of a text, in order.
#[must_use]
pub fn lex(text: &str) -> Vec<Token<'_>> {
    let Ok(pairs) = MuParser::parse(Rule::tokens, text) else { return Vec::new() };
    let tokens = pairs.flat_map(pest::iterators::Pair::into_inner).filter(|p| p.as_rule() == Rule::token);
    tokens
        .filter_map(|token| {
            let inner = token.into_inner().next()?;
            let kind = match inner.as_rule() {
                Rule::comment => TokenKind::Comment,
                Rule::string => TokenKind::Text,
                Rule::numeral => TokenKind::Number,
                Rule::word => TokenKind::Word,
                Rule::symbol => TokenKind::Symbol,
                _ => TokenKind::Other,
            };
            Some(Token { text: inner.as_str(), start: inner.as_span().start(), kind })
        })
        .collect()
}

/// The words that begin an item, in the order of the documentation.
pub fn item_words() -> impl Iterator<Item = &'static str> {
    ["use", "let", "claim"].into_iter().chain(crate::ast::Kind::ALL.iter().map(|(_, w)| *w))
}

/// The words that are no names anywhere.
pub const RESERVED: &[&str] = &[
    "let", "use", "each", "over", "by", "for", "in", "with", "then", "where", "and", "or", "not", "true",
    "false",
];

/// Every named unit of a number.
pub const UNITS: &[&str] =
    &["epochs", "steps", "samples", "rounds", "classes", "groups", "layers", "px", "minutes", "seconds"];

/// The words that mean something in one place and are names elsewhere.
pub const CONTEXTUAL: &[&str] = &[
    "mu",
    "as",
    "builtin",
    "start",
    "from",
    "update",
    "only",
    "reinit",
    "repeat",
    "batches",
    "of",
    "minimize",
    "keep",
    "after",
    "lookahead",
    "tune",
    "zip",
    "except",
    "limit",
    "usual",
    "towards",
];
