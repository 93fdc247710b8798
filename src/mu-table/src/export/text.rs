//! For the terminal.

use comfy_table::{CellAlignment, LineStyle, Table, TableStyle};

use super::layout::{Style, cell, corner, remarks, row_head, signed};
use crate::Filled;

pub(super) const STYLE: Style = Style {
    number: |n| n,
    plus_minus: " ± ",
    missing: "–",
    failed: "✗",
    note,
    best: |t| format!("{t}*"),
    second: |t| t,
    gap: |g| format!(" ({g})"),
    expected: super::layout::beside,
    bounds: ["≥", "≤", "~"],
    significant: "†",
};

fn note(n: usize) -> String {
    format!("[{n}]")
}

/// A column's labels; an outer one stands over the first of its columns only.
fn head(table: &Filled, at: usize) -> String {
    let labels = &table.columns[at];
    let last = labels.len().saturating_sub(1);
    let shown = labels.iter().enumerate().map(|(level, label)| {
        let again = level < last && at > 0 && table.columns[at - 1][..=level] == labels[..=level];
        if again { String::new() } else { signed(table, label) }
    });
    shown.collect::<Vec<_>>().join("\n")
}

pub(super) fn export(table: &Filled) -> String {
    let mut out = Table::new();
    // Three rules, as booktabs draws them.
    let rule = LineStyle::none().fill('─').junction('─');
    out.load_style(TableStyle::new().top_border(rule).header_separator(rule).bottom_border(rule));
    let mut header = vec![corner(table)];
    header.extend((0..table.columns.len()).map(|at| head(table, at)));
    out.set_header(header);
    for (at, cells) in table.cells.iter().enumerate() {
        let mut row = vec![row_head(table, at)];
        row.extend(cells.iter().map(|c| cell(c, &STYLE)));
        out.add_row(row);
    }
    for column in out.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let caption = table.caption.as_deref().map(|c| format!("{}: {c}\n", table.name)).unwrap_or_default();
    let lines: Vec<String> = out.lines().map(|l| l.trim_end().to_owned()).collect();
    let mut text = format!("{caption}{}\n", lines.join("\n"));
    for remark in remarks(table, note) {
        text.push_str(&format!("{remark}\n"));
    }
    text
}
