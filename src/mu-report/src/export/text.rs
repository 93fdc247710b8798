//! For the terminal.

use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{CellAlignment, Table};

use super::{Style, cell, corner, remarks, row_head};
use crate::Filled;

const STYLE: Style = Style { plus_minus: " ± ", missing: "–", failed: "✗", note };

fn note(n: usize) -> String {
    format!("[{n}]")
}

pub(super) fn export(table: &Filled) -> String {
    let mut out = Table::new();
    out.load_style(UTF8_HORIZONTAL_ONLY);
    let mut header = vec![corner(table)];
    header.extend(table.columns.iter().map(|c| c.join("\n")));
    out.set_header(header);
    for (at, cells) in table.cells.iter().enumerate() {
        let mut row = vec![row_head(table, at)];
        row.extend(cells.iter().zip(&table.units[at]).map(|((c, n), unit)| cell(*c, *n, *unit, &STYLE)));
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
