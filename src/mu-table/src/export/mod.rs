//! A filled table in a format. One file each; the layout is shared.

mod csv;
pub(crate) mod html;
mod json;
mod latex;
mod layout;
mod markdown;
mod tex;
mod text;

use mu_check::Program;
use mu_numbers::Measurements;

use crate::{Filled, FilledCell, fill};

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

/// A cell as the terminal shows it.
pub(crate) fn plain(of: &FilledCell) -> String {
    layout::cell(of, &text::STYLE)
}
