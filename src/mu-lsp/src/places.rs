//! Places: bytes of a text ↔ lines and UTF-16 units, as the protocol counts; paths ↔ URIs.

use gen_lsp_types::{Position, Range, Uri};
use mu_diag::Span;

/// Where the lines of a text begin.
pub(crate) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, starts }
    }

    pub(crate) fn position(&self, offset: usize) -> Position {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.starts.partition_point(|s| *s <= offset).saturating_sub(1);
        let before = &self.text[self.starts[line]..offset];
        Position { line: line as u32, character: before.encode_utf16().count() as u32 }
    }

    pub(crate) fn range(&self, span: Span) -> Range {
        Range { start: self.position(span.start as usize), end: self.position(span.end as usize) }
    }

    /// The byte of a position; beyond a line's end, its end.
    pub(crate) fn offset(&self, position: Position) -> usize {
        let Some(start) = self.starts.get(position.line as usize) else { return self.text.len() };
        let line = self.text[*start..].split('\n').next().unwrap_or("");
        let mut units = position.character as usize;
        for (at, c) in line.char_indices() {
            if units == 0 {
                return start + at;
            }
            units = units.saturating_sub(c.len_utf16());
        }
        start + line.len()
    }

    pub(crate) fn whole(&self) -> Range {
        Range { start: Position { line: 0, character: 0 }, end: self.position(self.text.len()) }
    }
}

/// The path of a `file:` URI, or the URI itself for a text that is on no disk.
pub(crate) fn path_of(uri: &Uri) -> String {
    let Some(rest) = uri.0.strip_prefix("file://") else { return uri.0.clone() };
    let bytes = rest.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = rest.get(at + 1..at + 3).and_then(|h| u8::from_str_radix(h, 16).ok());
        match (bytes[at], hex) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 3;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| rest.to_owned())
}

/// The `file:` URI of a path.
pub(crate) fn uri_of(path: &str) -> Uri {
    if path.contains("://") {
        return Uri(path.to_owned());
    }
    let mut out = String::from("file://");
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            out.push(byte as char);
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    Uri(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16_and_back() {
        let text = "a = \"é😀\" b\nµ c\n";
        let lines = Lines::of(text);
        for (at, _) in text.char_indices() {
            assert_eq!(lines.offset(lines.position(at)), at);
        }
        let b = text.find(" b").unwrap() + 1;
        assert_eq!(lines.position(b), Position { line: 0, character: 10 });
        assert_eq!(lines.offset(Position { line: 9, character: 0 }), text.len());
        assert_eq!(lines.offset(Position { line: 1, character: 99 }), text.len() - 1);
    }

    #[test]
    fn uris_and_back() {
        let path = "/tmp/a b/é.mu";
        assert_eq!(uri_of(path).0, "file:///tmp/a%20b/%C3%A9.mu");
        assert_eq!(path_of(&uri_of(path)), path);
        assert_eq!(path_of(&Uri("untitled:Untitled-1".to_owned())), "untitled:Untitled-1");
    }
}
