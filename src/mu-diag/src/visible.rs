//! Text of others (labels, paths, messages) as it may be shown: what steers a terminal, or turns the direction of writing, and what
//! XML cannot hold, becomes `\u001b`, the escape that JSON has for it.

use std::borrow::Cow;

/// Whether a character is never shown as it is.
fn is_hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}')
}

fn replaced(text: &str, hidden: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(&hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            c if !hidden(c) => out.push(c),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c => out.push_str(&format!("\\u{:04x}", u32::from(c))),
        }
    }
    Cow::Owned(out)
}

/// A text of several lines without control characters.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    replaced(text, |c| is_hidden(c) && !matches!(c, '\n' | '\t'))
}

/// A label or a title: one line without control characters.
#[must_use]
pub fn one_line(text: &str) -> Cow<'_, str> {
    replaced(text, is_hidden)
}

/// A text with as many bytes, whose control characters are others that can be seen: what spans point at stays where it is.
#[must_use]
pub fn same_length(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| is_hidden(c) && !matches!(c, '\n' | '\t')) {
        return Cow::Borrowed(text);
    }
    let shown = |(at, c): (usize, char)| match (c, c.len_utf8()) {
        ('\n' | '\t', _) => c,
        ('\r', _) if text[at + 1..].starts_with('\n') => c,
        _ if !is_hidden(c) => c,
        (_, 1) => '?',
        (_, 2) => '¿',
        _ => '\u{fffd}',
    };
    Cow::Owned(text.char_indices().map(shown).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_written_out() {
        let hostile = "a\u{1b}[2Jb\u{9b}c\u{202e}d\r\ne\tf\u{0}\u{7f}";
        assert_eq!(same_length("a\rb"), "a?b");
        assert_eq!(visible(hostile), "a\\u001b[2Jb\\u009bc\\u202ed\\u000d\ne\tf\\u0000\\u007f");
        assert_eq!(one_line(hostile), "a\\u001b[2Jb\\u009bc\\u202ed\\u000d\\ne\\tf\\u0000\\u007f");
        assert!(matches!(visible("plain · ± 日本"), Cow::Borrowed(_)));
        let same = same_length(hostile);
        assert_eq!(same.len(), hostile.len());
        assert_eq!(same, "a?[2Jb¿c\u{fffd}d\r\ne\tf??");
    }

    /// JSON has the same escape: a line of it means what it meant.
    #[test]
    fn json_stays_what_it_is() {
        let json = "{\"a\":\"\u{7f}\u{9b}\u{202e}\"}";
        assert_eq!(visible(json), r#"{"a":"\u007f\u009b\u202e"}"#);
    }
}
