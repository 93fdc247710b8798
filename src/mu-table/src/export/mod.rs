//! A filled table in a format. One file each; the layout is shared.

mod csv;
pub(crate) mod html;
mod json;
mod latex;
mod markdown;
mod tex;
mod text;

use mu_check::{Bound, Program, SIGNIFICANT};
use mu_numbers::Measurements;

use crate::{Cell, Filled, FilledCell, fill};

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the formats' own names")]
pub enum Format {
    Text,
    Markdown,
    Latex,
    /// LaTeX whose numbers are siunitx's to set.
    Siunitx,
    Csv,
    Json,
    Html,
}

/// The table as text in a format, with a final newline.
#[must_use]
pub fn export(table: &Filled, format: Format) -> String {
    match format {
        Format::Text => text::export(table),
        Format::Markdown => markdown::export(table),
        Format::Latex => latex::export(table, &latex::PLAIN),
        Format::Siunitx => latex::export(table, &latex::SIUNITX),
        Format::Csv => csv::export(table),
        Format::Json => json::export(table),
        Format::Html => html::export(table),
    }
}

/// The tables of a program, or the one of a name, one after the other.
#[must_use]
pub fn tables(
    program: &Program,
    measurements: &Measurements<'_>,
    name: Option<&str>,
    format: Format,
) -> String {
    let wanted = program.tables.iter().filter(|t| name.is_none_or(|n| t.name == n));
    let tables: Vec<String> = wanted.map(|t| export(&fill(t, measurements), format)).collect();
    // JSON: one table a line; the others with an empty line between.
    tables.join(if format == Format::Json { "" } else { "\n" })
}

/// How a cell's parts are put together.
struct Style {
    number: fn(String) -> String,
    plus_minus: &'static str,
    missing: &'static str,
    failed: &'static str,
    note: fn(usize) -> String,
    best: fn(String) -> String,
    second: fn(String) -> String,
    gap: fn(String) -> String,
    expected: fn(String, bool) -> String,
    /// Before a number that the true one is at least, at most, or not known to be near.
    bounds: [&'static str; 3],
    /// Behind a cell that differs from what it is tested against.
    significant: &'static str,
}

/// A cell as the terminal shows it.
pub(crate) fn plain(of: &FilledCell) -> String {
    cell(of, &text::STYLE)
}

/// A cell in words.
fn cell(of: &FilledCell, style: &Style) -> String {
    let digits = of.digits;
    let mark = of.note.map(|n| (style.note)(n + 1)).unwrap_or_default();
    let mut text = match of.cell {
        None if of.note.is_some() => return format!("{}{mark}", style.failed),
        None => return style.missing.to_owned(),
        Some(Cell { mean, std: Some(std), .. }) => {
            format!("{mean:.digits$}{}{std:.digits$}", style.plus_minus)
        }
        Some(Cell { mean, .. }) => format!("{mean:.digits$}"),
    };
    text = (style.number)(text);
    if let Some(at) = match of.cell.map(|c| c.bound).unwrap_or_default() {
        Bound::Exact => None,
        Bound::AtLeast => Some(0),
        Bound::AtMost => Some(1),
        Bound::Unknown => Some(2),
    } {
        text.insert_str(0, style.bounds[at]);
    }
    if of.best {
        text = (style.best)(text);
    } else if of.second {
        text = (style.second)(text);
    }
    if let Some(gap) = of.gap {
        text.push_str(&(style.gap)(format!("{gap:.digits$}")));
    }
    if let Some((value, agrees)) = of.expected {
        text.push_str(&(style.expected)(format!("{value:.digits$}"), agrees));
    }
    if of.p.is_some_and(|p| p < SIGNIFICANT) {
        text.push_str(style.significant);
    }
    text + &mark
}

/// ✓ or ✗ and a reported value in brackets.
fn beside(value: String, agrees: bool) -> String {
    format!(" [{value} {}]", if agrees { "✓" } else { "✗" })
}

fn row_head(table: &Filled, row: usize) -> String {
    joined(&table.rows[row], " · ")
}

/// The labels that are there.
fn joined(labels: &[String], between: &str) -> String {
    labels.iter().filter(|l| !l.is_empty()).cloned().collect::<Vec<_>>().join(between)
}

/// A label, with the sign of what is best behind a metric's name.
fn signed(table: &Filled, label: &str) -> String {
    let sign = table.signs.iter().find(|(name, _)| name == label);
    sign.map_or_else(|| label.to_owned(), |(_, sign)| format!("{label} {sign}"))
}

fn corner(table: &Filled) -> String {
    table.row_names.join(" · ")
}

/// What stands below a table: its footnotes, and what is not there yet.
fn remarks(table: &Filled, mark: fn(usize) -> String) -> Vec<String> {
    let mut remarks: Vec<String> =
        table.notes.iter().enumerate().map(|(i, n)| format!("{} {}", mark(i + 1), n.text)).collect();
    let cells = || table.cells.iter().flatten();
    if cells().any(|c| c.gap.is_some()) {
        remarks.push("(…): the distance to the best value".to_owned());
    }
    if cells().any(|c| c.expected.is_some()) {
        let off = cells().filter(|c| c.expected.is_some_and(|(_, agrees)| !agrees)).count();
        remarks.push(format!("[…]: as reported elsewhere; {off} outside the tolerance"));
    }
    remarks.extend(table.bounds.iter().chain(&table.left_out).cloned());
    if !table.tuned.is_empty() {
        remarks.push(format!("tuned: {}", table.tuned.join("; ")));
    }
    if !table.limits.is_empty() {
        remarks.push(format!("compute budget: {}", table.limits.join(", ")));
    }
    if let Some(test) = &table.test {
        remarks.push(format!("† {test}"));
    }
    remarks.extend(table.warnings.iter().map(|text| format!("warning: {text}")));
    if table.missing > 0 {
        remarks.push(format!("– {} values are not computed yet: `mu run` computes them", table.missing));
    }
    remarks
}
