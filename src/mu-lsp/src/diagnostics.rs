//! What the checker found in a file.

use gen_lsp_types::{Code, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, Location, Range};
use mu_diag::Severity;

use crate::Host;
use crate::document::{Document, location};
use crate::places::{Lines, path_of};

pub(crate) fn of(document: &Document, host: &dyn Host) -> Vec<Diagnostic> {
    let lines = Lines::of(&document.text);
    document
        .checked
        .diagnostics
        .iter()
        .map(|d| {
            let own = d.span.filter(|s| document.checked.sources.name(s.file) == path_of(&document.uri));
            // What is wrong in a file that this one uses is said at the first line, with the place beside it.
            let (range, elsewhere) = match (own, d.span) {
                (Some(span), _) => (lines.range(span), None),
                (None, Some(span)) => (Range::default(), Some(span)),
                (None, None) => (Range::default(), None),
            };
            let mut message = d.message.clone();
            if !d.label.is_empty() {
                message.push_str(&format!(": {}", d.label));
            }
            if let Some(help) = &d.help {
                message.push_str(&format!("\nhelp: {help}"));
            }
            let places = d.related.iter().cloned().chain(elsewhere.map(|s| (s, "here".to_owned())));
            let related: Vec<DiagnosticRelatedInformation> = places
                .filter_map(|(span, message)| {
                    let uri = location(document, span.file, host)?;
                    let range = Lines::of(document.checked.sources.text(span.file)).range(span);
                    Some(DiagnosticRelatedInformation { location: Location { uri, range }, message })
                })
                .collect();
            Diagnostic {
                range,
                severity: Some(match d.severity {
                    Severity::Error => DiagnosticSeverity::Error,
                    Severity::Warning => DiagnosticSeverity::Warning,
                }),
                code: Some(Code::String(d.code.name().to_owned())),
                source: Some("mu".to_owned()),
                message: gen_lsp_types::Message::String(message),
                related_information: Some(related).filter(|r| !r.is_empty()),
                ..Diagnostic::default()
            }
        })
        .collect()
}
