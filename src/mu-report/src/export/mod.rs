//! A filled table in a format. One file each; the layout is shared.

mod csv;
mod json;
mod latex;
mod markdown;
mod text;

use mu_check::Unit;

use crate::{Cell, Filled};

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the formats' own names")]
pub enum Format {
    Text,
    Markdown,
    Latex,
    Csv,
    Json,
}

/// The table as text in a format, with a final newline.
#[must_use]
pub fn export(table: &Filled, format: Format) -> String {
    match format {
        Format::Text => text::export(table),
        Format::Markdown => markdown::export(table),
        Format::Latex => latex::export(table),
        Format::Csv => csv::export(table),
        Format::Json => json::export(table),
    }
}

/// How a cell's parts are put together.
struct Style {
    plus_minus: &'static str,
    missing: &'static str,
    failed: &'static str,
    note: fn(usize) -> String,
}

/// A cell in words: two decimals for percentages, four otherwise.
fn cell(cell: Option<Cell>, note: Option<usize>, unit: Unit, style: &Style) -> String {
    let digits = if unit == Unit::Percent { 2 } else { 4 };
    let mark = note.map(|n| (style.note)(n + 1)).unwrap_or_default();
    match cell {
        None if note.is_some() => format!("{}{mark}", style.failed),
        None => style.missing.to_owned(),
        Some(Cell { mean, std: Some(std), .. }) => {
            format!("{mean:.digits$}{}{std:.digits$}{mark}", style.plus_minus)
        }
        Some(Cell { mean, .. }) => format!("{mean:.digits$}{mark}"),
    }
}

fn row_head(table: &Filled, row: usize) -> String {
    table.rows[row].join(" · ")
}

fn corner(table: &Filled) -> String {
    table.row_names.join(" · ")
}

/// What stands below a table: its footnotes, and what is not there yet.
fn remarks(table: &Filled, mark: fn(usize) -> String) -> Vec<String> {
    let mut remarks: Vec<String> =
        table.notes.iter().enumerate().map(|(i, n)| format!("{} {}", mark(i + 1), n.text)).collect();
    if table.missing > 0 {
        remarks.push(format!("– {} values are not computed yet: `mu run` computes them", table.missing));
    }
    remarks
}
