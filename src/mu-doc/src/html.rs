//! Pages as HTML: one self-contained file each, no script, nothing from the network.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::Page;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;color:#222}\
pre{background:#f5f5f2;padding:.7rem 1rem;overflow-x:auto;border-radius:4px}code{font:14px/1.45 ui-monospace,monospace}\
a{color:#0b5394}nav a{margin-right:.8rem;white-space:nowrap}h2{margin-top:2.4rem;border-bottom:1px solid #ddd}\
table{border-collapse:collapse}td,th{border:1px solid #ddd;padding:.3rem .6rem;text-align:left;vertical-align:top}\
@media(prefers-color-scheme:dark){body{background:#1b1b1b;color:#ddd}pre{background:#262626}a{color:#8ab4f8}\
h2,td,th{border-color:#444}}";

/// A page as an HTML file; `pages` are what its head leads to.
#[must_use]
pub fn html(page: &Page, pages: &[Page]) -> String {
    let links: String =
        pages.iter().map(|p| format!("<a href=\"{}.html\">{}</a>", p.name, escape(&p.title))).collect();
    let text = page.text.replace(".md)", ".html)");
    let mut body = String::new();
    pulldown_cmark::html::push_html(&mut body, anchored(Parser::new_ext(&text, Options::ENABLE_TABLES)));
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>{} – mu</title>\n<style>{STYLE}</style>\n<nav>{links}</nav>\n<main>\n{body}</main>\n</html>\n",
        escape(&page.title)
    )
}

/// Second-level headings get their text as an anchor.
fn anchored<'a>(events: impl Iterator<Item = Event<'a>>) -> impl Iterator<Item = Event<'a>> {
    let mut heading = false;
    events.map(move |event| match event {
        Event::Start(Tag::Heading { level: HeadingLevel::H2, .. }) => {
            heading = true;
            Event::Html("<h2".into())
        }
        Event::Text(text) if heading => {
            heading = false;
            Event::Html(format!(" id=\"{0}\">{0}", escape(&text)).into())
        }
        Event::End(TagEnd::Heading(HeadingLevel::H2)) => Event::Html("</h2>\n".into()),
        other => other,
    })
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
