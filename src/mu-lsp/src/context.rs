//! Where in a text the cursor stands, told from the tokens before it: a text that is being typed seldom parses.

use mu_syntax::ast::Kind;
use mu_syntax::lex::{RESERVED, Token, TokenKind, lex};

/// What is around the cursor.
#[derive(Debug)]
pub(crate) struct Context {
    /// The innermost bracket.
    pub(crate) block: Block,
    /// The experiment, table, … around it: its kind and name.
    pub(crate) item: Option<(Kind, String)>,
    /// What has been typed of a name.
    pub(crate) typed: String,
    /// The field whose value is being written.
    pub(crate) field: Option<String>,
    /// Whether a value may stand here; else a name begins.
    pub(crate) value: bool,
    /// Whether a number stands before the cursor, on its line.
    pub(crate) number: bool,
    /// `axis ==` before the cursor.
    pub(crate) compared: Option<String>,
}

/// The innermost bracket around the cursor.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Block {
    /// None.
    File,
    /// `{ name = value }` of a kind.
    Fields(Kind),
    /// A method's statements.
    Method,
    /// A model's layers.
    Model,
    /// `{ … }` of anything else.
    Braces,
    /// The arguments of a call, the name of the one being written, and how many stand before it.
    Call(String, Option<String>, usize),
    /// `[ … ]` or `( … )`
    Brackets,
}

struct Open {
    block: Block,
    field: Option<String>,
    value: bool,
}

pub(crate) fn context(text: &str, at: usize) -> Context {
    let before = &text[..at];
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '@');
    let typed_at =
        before.rfind(|c| !inside(c)).map_or(0, |i| i + before[i..].chars().next().map_or(1, char::len_utf8));
    let typed = before[typed_at..].to_owned();
    let tokens: Vec<Token<'_>> =
        lex(&before[..typed_at]).into_iter().filter(|t| t.kind != TokenKind::Comment).collect();
    let mut stack = vec![Open { block: Block::File, field: None, value: false }];
    let mut item: Option<(Kind, String)> = None;
    for (i, token) in tokens.iter().enumerate() {
        let previous = i.checked_sub(1).map(|p| &tokens[p]);
        let line_start = before[..token.start].rsplit('\n').next().is_some_and(|l| l.trim().is_empty());
        let column_one = token.start == 0 || before.as_bytes().get(token.start - 1) == Some(&b'\n');
        if column_one
            && token.kind == TokenKind::Word
            && mu_syntax::lex::item_words().any(|w| w == token.text)
        {
            stack.truncate(1);
            let name = tokens.get(i + 1).map(|t| t.text.to_owned()).unwrap_or_default();
            item = Kind::of(token.text).map(|k| (k, name));
            stack[0] = Open { block: Block::File, field: None, value: false };
            continue;
        }
        let depth = stack.len();
        let Some(top) = stack.last_mut() else { continue };
        match token.text {
            "{" => {
                let kind = item.as_ref().map(|(k, _)| *k);
                let named = top.field.is_some() || previous.is_some_and(|p| p.text == "each");
                let block = match (depth, kind) {
                    (1, Some(Kind::Method)) => Block::Method,
                    (1, Some(Kind::Model)) => Block::Model,
                    (1, Some(kind)) => Block::Fields(kind),
                    _ if !named && kind == Some(Kind::Method) => Block::Method,
                    _ => Block::Braces,
                };
                stack.push(Open { block, field: None, value: false });
            }
            "(" => {
                let callee =
                    previous.filter(|p| p.kind == TokenKind::Word && p.start + p.text.len() == token.start);
                let callee = callee.filter(|p| !RESERVED.contains(&p.text));
                let block =
                    callee.map_or(Block::Brackets, |p| Block::Call(path_before(&tokens, i, p), None, 0));
                let field = top.field.clone();
                stack.push(Open { block, field, value: true });
            }
            "[" => {
                let field = top.field.clone();
                stack.push(Open { block: Block::Brackets, field, value: true });
            }
            ")" | "]" | "}" if depth > 1 => {
                stack.pop();
            }
            "=" => {
                top.value = true;
                top.field = previous.map(|p| p.text.to_owned());
            }
            ":" => {
                if let Block::Call(_, name, _) = &mut top.block {
                    *name = previous.map(|p| p.text.to_owned());
                }
            }
            "," => match &mut top.block {
                Block::Call(_, name, n) => (*name, *n) = (None, *n + 1),
                Block::Brackets => {}
                _ => (top.field, top.value) = (None, false),
            },
            _ if line_start && matches!(top.block, Block::Fields(_) | Block::Braces) => {
                // A new line begins a new field, unless the one before goes on.
                let goes_on = previous
                    .is_some_and(|p| p.kind == TokenKind::Symbol && !matches!(p.text, "}" | ")" | "]"));
                if !goes_on {
                    (top.field, top.value) = (None, false);
                }
            }
            _ => {}
        }
    }
    let last = tokens.last();
    let same_line = last.is_some_and(|t| !before[t.start + t.text.len()..typed_at].contains('\n'));
    let new_line = !same_line
        && last.is_none_or(|t| t.kind != TokenKind::Symbol || matches!(t.text, "}" | ")" | "]" | "{"));
    let number = same_line && last.is_some_and(|t| t.kind == TokenKind::Number);
    let compared = match tokens.as_slice() {
        [.., axis, op] if matches!(op.text, "==" | "!=") => {
            Some(path_before(&tokens, tokens.len() - 1, axis))
        }
        _ => None,
    };
    let top = stack.pop().unwrap_or(Open { block: Block::File, field: None, value: false });
    let fields = matches!(top.block, Block::Fields(_) | Block::Braces);
    let (field, value) = if fields && new_line { (None, false) } else { (top.field, top.value) };
    Context { block: top.block, item, typed, field, value, number, compared }
}

/// The dotted path that ends with a token.
fn path_before(tokens: &[Token<'_>], end: usize, last: &Token<'_>) -> String {
    let mut path = last.text.to_owned();
    let mut at = end.saturating_sub(1);
    while at >= 2 && tokens[at - 1].text == "." {
        path = format!("{}.{path}", tokens[at - 2].text);
        at -= 2;
    }
    path
}
