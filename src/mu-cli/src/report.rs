//! Findings for programs: JSON lines, and annotations of GitHub Actions.

use mu_diag::{Diagnostic, Severity, Sources, Span};
use serde_json::{Value, json};

/// Line and column of a byte, from 1; columns count characters.
fn position(text: &str, offset: u32) -> (usize, usize) {
    let before = text.get(..offset as usize).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or("");
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}

fn place(sources: &Sources, span: Span) -> Value {
    let text = sources.text(span.file);
    let ((line, column), (end_line, end_column)) = (position(text, span.start), position(text, span.end));
    json!({
        "file": sources.name(span.file), "line": line, "column": column, "end_line": end_line,
        "end_column": end_column, "start": span.start, "end": span.end,
    })
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// One object per line.
pub(crate) fn json(found: &[Diagnostic], sources: &Sources) -> String {
    let mut out = String::new();
    for d in found {
        let related: Vec<Value> = d
            .related
            .iter()
            .map(|(span, message)| json!({ "place": place(sources, *span), "message": message }))
            .collect();
        let fix = d.fix.as_ref().map(|f| {
            let edits: Vec<Value> = f
                .edits
                .iter()
                .map(|(span, text)| json!({ "place": place(sources, *span), "text": text }))
                .collect();
            json!({ "title": f.title, "edits": edits })
        });
        let value = json!({
            "code": d.code.name(),
            "severity": word(d.severity),
            "message": d.message,
            "label": d.label,
            "help": d.help,
            "place": d.span.map(|s| place(sources, s)),
            "related": related,
            "fix": fix,
        });
        out.push_str(&format!("{value}\n"));
    }
    out
}

/// `::error file=…,line=…::message`, with the escapes that the runner undoes.
pub(crate) fn github(found: &[Diagnostic], sources: &Sources) -> String {
    let data = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    let mut out = String::new();
    for d in found {
        let mut message = d.message.clone();
        for part in [Some(&d.label).filter(|l| !l.is_empty()), d.help.as_ref()].into_iter().flatten() {
            message.push_str(&format!("\n{part}"));
        }
        let at = d.span.map(|span| {
            let text = sources.text(span.file);
            let ((line, column), (end_line, end_column)) =
                (position(text, span.start), position(text, span.end));
            let file = property(sources.name(span.file));
            format!(
                " file={file},line={line},col={column},endLine={end_line},endColumn={end_column},title={}",
                property(d.code.name())
            )
        });
        let severity = word(d.severity);
        out.push_str(&format!("::{severity}{}::{}\n", at.unwrap_or_default(), data(&message)));
    }
    out
}
