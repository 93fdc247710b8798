//! Pages as HTML: one self-contained file each, no script, nothing from the network.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::Page;
use crate::harmless::leads_to_a_page;

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
    let events = pages_only(Parser::new_ext(&text, Options::ENABLE_TABLES));
    pulldown_cmark::html::push_html(&mut body, anchored(events).into_iter());
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>{} – mu</title>\n<style>{STYLE}</style>\n<nav>{links}</nav>\n<main>\n{body}</main>\n</html>\n",
        escape(&page.title)
    )
}

/// HTML as text, links that lead to pages only, and images as links: a page loads nothing.
fn pages_only<'a>(events: impl Iterator<Item = Event<'a>>) -> impl Iterator<Item = Event<'a>> {
    // Of each link that is open, whether it is kept.
    let mut open: Vec<bool> = Vec::new();
    events.filter_map(move |event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
        Event::Start(
            Tag::Link { link_type, dest_url, title, id } | Tag::Image { link_type, dest_url, title, id },
        ) => {
            open.push(leads_to_a_page(&dest_url));
            open.last()?.then_some(Event::Start(Tag::Link { link_type, dest_url, title, id }))
        }
        Event::End(TagEnd::Link | TagEnd::Image) => open.pop()?.then_some(Event::End(TagEnd::Link)),
        other => Some(other),
    })
}

/// Second-level headings get their text as an anchor.
fn anchored<'a>(events: impl Iterator<Item = Event<'a>>) -> Vec<Event<'a>> {
    let mut out = Vec::new();
    let mut heading: Option<usize> = None;
    for event in events {
        match event {
            Event::Start(Tag::Heading { level: HeadingLevel::H2, .. }) => {
                heading = Some(out.len());
                out.push(Event::Html("".into()));
            }
            Event::End(TagEnd::Heading(HeadingLevel::H2)) => {
                if let Some(at) = heading.take() {
                    let text: String = out[at..]
                        .iter()
                        .map(|e| if let Event::Text(t) | Event::Code(t) = e { t.as_ref() } else { "" })
                        .collect();
                    out[at] = Event::Html(format!("<h2 id=\"{}\">", escape(&text)).into());
                }
                out.push(Event::Html("</h2>\n".into()));
            }
            other => out.push(other),
        }
    }
    out
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
