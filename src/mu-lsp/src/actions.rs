//! Suggestions that can be applied.

use std::collections::HashMap;

use gen_lsp_types::{CodeAction, CodeActionKind, Range, TextEdit, WorkspaceEdit};

use crate::Host;
use crate::document::{Document, location};
use crate::places::Lines;

pub(crate) fn actions(document: &Document, wanted: Range, host: &dyn Host) -> Vec<CodeAction> {
    let lines = Lines::of(&document.text);
    let (from, to) = (lines.offset(wanted.start) as u32, lines.offset(wanted.end) as u32);
    let near = |d: &&mu_diag::Diagnostic| {
        d.span.is_some_and(|s| {
            location(document, s.file, host).as_ref() == Some(&document.uri) && s.start <= to && from <= s.end
        })
    };
    let fixes = document.checked.diagnostics.iter().filter(near).filter_map(|d| d.fix.as_ref());
    fixes
        .map(|fix| {
            let mut changes: HashMap<_, Vec<TextEdit>> = HashMap::new();
            for (span, text) in &fix.edits {
                if let Some(uri) = location(document, span.file, host) {
                    changes
                        .entry(uri)
                        .or_default()
                        .push(TextEdit { range: lines.range(*span), new_text: text.clone() });
                }
            }
            CodeAction {
                title: fix.title.clone(),
                kind: Some(CodeActionKind::QuickFix),
                is_preferred: Some(fix.certain),
                edit: Some(WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }),
                ..CodeAction::default()
            }
        })
        .collect()
}
