//! Doc comments are texts of others: HTML in them is text, and links lead to pages only.

use pulldown_cmark::{Event, Options, Parser, Tag};

/// Whether an address is one that a page may lead to: on the web, a letter, or a place beside the page.
pub(crate) fn leads_to_a_page(address: &str) -> bool {
    let end = address.find([':', '/', '?', '#']).filter(|at| address[*at..].starts_with(':'));
    end.is_none_or(|at| {
        ["http", "https", "mailto"].iter().any(|scheme| address[..at].eq_ignore_ascii_case(scheme))
    })
}

/// Escaping a piece can make what it hid into Markdown: it is read again, this often.
const ROUNDS: usize = 16;

/// Markdown whose HTML and whose other links are written out.
pub(crate) fn harmless(text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..ROUNDS {
        let mut edits: Vec<(usize, &str)> = Vec::new();
        for (event, range) in Parser::new_ext(&text, Options::ENABLE_TABLES).into_offset_iter() {
            match event {
                Event::Html(_) | Event::InlineHtml(_) => {
                    edits.extend(
                        text[range.clone()].match_indices('<').map(|(at, _)| (range.start + at, "&lt;")),
                    );
                }
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. })
                    if !leads_to_a_page(&dest_url) =>
                {
                    let open = text[range.clone()].find(['[', '<']).unwrap_or(0) + range.start;
                    edits.push((open, if text[open..].starts_with('<') { "&lt;" } else { "\\[" }));
                }
                _ => {}
            }
        }
        edits.sort_unstable();
        edits.dedup();
        if edits.is_empty() {
            break;
        }
        for (at, written) in edits.into_iter().rev() {
            text.replace_range(at..=at, written);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_page_may_lead_to() {
        for good in ["methods.md#ga", "https://arxiv.org/abs/1", "mailto:a@b.c", "#ga", "a/b:c", ""] {
            assert!(leads_to_a_page(good), "{good}");
        }
        for bad in [
            "javascript:alert(1)",
            "JaVaScRiPt:x",
            " javascript:x",
            "java\tscript:x",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc",
        ] {
            assert!(!leads_to_a_page(bad), "{bad}");
        }
    }

    #[test]
    fn html_is_text() {
        for hostile in [
            "x <script src=\"http://h/x.js\"></script> y",
            "<div onclick=alert(1)>\n\n[y](javascript:alert(1))\n</div>",
            "<script>\n[y](javascript:alert(1)) <b>\n</script>",
            "![i](javascript:x) [r]\n\n[r]: javascript:alert(1)",
            "<javascript:alert(1)>",
            "<!-- c --> <?php x ?> <![CDATA[ <b> ]]>",
        ] {
            let safe = harmless(hostile);
            let left: Vec<Event<'_>> = Parser::new_ext(&safe, Options::ENABLE_TABLES)
                .filter(|e| match e {
                    Event::Html(_) | Event::InlineHtml(_) => true,
                    Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                        !leads_to_a_page(dest_url)
                    }
                    _ => false,
                })
                .collect();
            assert!(left.is_empty(), "{hostile}: {safe}: {left:?}");
        }
        let plain = "θ ← θ − lr · *g*, `a < b`, [paper](https://arxiv.org/abs/1)";
        assert_eq!(harmless(plain), plain);
    }
}
