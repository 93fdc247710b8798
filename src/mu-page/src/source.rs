//! A text with its words in colours.

use maud::{Markup, html};
use mu_syntax::lex::{RESERVED, TokenKind, item_words, lex};

pub(super) fn markup(text: &str) -> Markup {
    let mut parts: Vec<(&str, &str)> = Vec::new();
    let mut at = 0;
    for token in lex(text) {
        parts.push(("", &text[at..token.start]));
        let word = |w: &str| item_words().any(|i| i == w) || RESERVED.contains(&w);
        let class = match token.kind {
            TokenKind::Comment => "comment",
            TokenKind::Text => "text",
            TokenKind::Number => "number",
            TokenKind::Word if word(token.text) => "keyword",
            _ => "",
        };
        parts.push((class, token.text));
        at = token.start + token.text.len();
    }
    parts.push(("", &text[at..]));
    html! {
        pre.mu { code { @for (class, part) in parts {
            @if class.is_empty() { (part) } @else { span class=(class) { (part) } }
        } } }
    }
}
