//! For READMEs.

use super::layout::{Style, cell, corner, joined, remarks, row_head, signed};
use crate::Filled;

pub(super) const STYLE: Style = Style {
    number: |n| n,
    plus_minus: " ± ",
    missing: "–",
    failed: "✗",
    note,
    best: |t| format!("**{t}**"),
    second: |t| format!("_{t}_"),
    gap: |g| format!(" ({g})"),
    expected: super::layout::beside,
    bounds: ["≥", "≤", "~"],
    significant: "†",
};

fn note(n: usize) -> String {
    format!(" [{n}]")
}

pub(super) fn export(table: &Filled) -> String {
    let line = |cells: Vec<String>| {
        format!("| {} |\n", cells.iter().map(|c| escape(c)).collect::<Vec<_>>().join(" | "))
    };
    let mut header = vec![corner(table)];
    header.extend(table.columns.iter().map(|c| {
        let labels: Vec<String> = c.iter().map(|l| signed(table, l)).collect();
        joined(&labels, " ")
    }));
    let mut out = line(header);
    out.push_str(&format!("|:--|{}\n", "--:|".repeat(table.columns.len())));
    for (at, cells) in table.cells.iter().enumerate() {
        let mut row = vec![row_head(table, at)];
        row.extend(cells.iter().map(|c| cell(c, &STYLE)));
        out.push_str(&line(row));
    }
    let remarks = remarks(table, |n| format!("[{n}]"));
    for text in table.caption.iter().chain(&remarks) {
        out.push_str(&format!("\n{}\n", escape(text)));
    }
    out
}

/// A text without HTML, columns or links of its own.
fn escape(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;").replace("](", "\\](").replace("]:", "\\]:")
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn labels_are_text() {
        assert_eq!(escape("a|b <img src=x> [y](javascript:x)"), "a\\|b &lt;img src=x> [y\\](javascript:x)");
        assert_eq!(escape("[0.1, 0.2] [1]"), "[0.1, 0.2] [1]");
    }
}
