//! Findings for programs: JSON lines, and annotations of GitHub Actions.

use std::collections::HashMap;

use mu_diag::{Diagnostic, FileId, Severity, Sources, Span};
use serde_json::{Value, json};

/// Where the lines of each source begin.
struct Lines<'a> {
    sources: &'a Sources,
    starts: HashMap<FileId, Vec<usize>>,
}

impl<'a> Lines<'a> {
    fn of(sources: &'a Sources) -> Self {
        Self { sources, starts: HashMap::new() }
    }

    /// Line and column of a byte, from 1; columns count characters.
    fn position(&mut self, file: FileId, offset: u32) -> (usize, usize) {
        let text = self.sources.text(file);
        let starts = self.starts.entry(file).or_insert_with(|| {
            std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect()
        });
        let line = starts.partition_point(|s| *s <= offset as usize).max(1);
        // A line may be as long as the file: its columns are counted in bytes beyond any that is read.
        let before = text.get(starts[line - 1]..offset as usize).unwrap_or("");
        let column = if before.len() > 10_000 { before.len() } else { before.chars().count() };
        (line, column + 1)
    }

    fn place(&mut self, span: Span) -> Value {
        let (line, column) = self.position(span.file, span.start);
        let (end_line, end_column) = self.position(span.file, span.end);
        json!({
            "file": self.sources.name(span.file), "line": line, "column": column, "end_line": end_line,
            "end_column": end_column, "start": span.start, "end": span.end,
        })
    }
}

/// `file:line:column`
pub(crate) fn place(sources: &Sources, span: Span) -> String {
    let (line, column) = Lines::of(sources).position(span.file, span.start);
    format!("{}:{line}:{column}", sources.name(span.file))
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// One object per line.
pub(crate) fn json(found: &[Diagnostic], sources: &Sources) -> String {
    let mut lines = Lines::of(sources);
    let mut out = String::new();
    for d in found {
        let related: Vec<Value> = d
            .related
            .iter()
            .map(|(span, message)| json!({ "place": lines.place(*span), "message": message }))
            .collect();
        let fix = d.fix.as_ref().map(|f| {
            let edits: Vec<Value> = f
                .edits
                .iter()
                .map(|(span, text)| json!({ "place": lines.place(*span), "text": text }))
                .collect();
            json!({ "title": f.title, "certain": f.certain, "edits": edits })
        });
        let value = json!({
            "code": d.code.name(),
            "severity": word(d.severity),
            "message": d.message,
            "label": d.label,
            "help": d.help,
            "place": d.span.map(|s| lines.place(s)),
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
    let mut lines = Lines::of(sources);
    let mut out = String::new();
    for d in found {
        let mut message = d.message.clone();
        for part in [Some(&d.label).filter(|l| !l.is_empty()), d.help.as_ref()].into_iter().flatten() {
            message.push_str(&format!("\n{part}"));
        }
        let at = d.span.map(|span| {
            let (line, column) = lines.position(span.file, span.start);
            let (end_line, end_column) = lines.position(span.file, span.end);
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
