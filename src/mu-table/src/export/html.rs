//! For pages: a table whose cells carry the steps that their numbers come from.

use maud::{Markup, html};

use super::layout::{Style, cell, corner, joined, remarks, row_head, signed};
use super::markdown;
use crate::{Filled, FilledCell};

/// Classes of cells say which are best.
const STYLE: Style = Style { best: |t| t, second: |t| t, ..markdown::STYLE };

pub(super) fn export(table: &Filled) -> String {
    markup(table).into_string() + "\n"
}

/// The table as part of a page.
#[must_use]
pub fn markup(table: &Filled) -> Markup {
    let class = |c: &FilledCell| match (c.best, c.second) {
        (true, _) => "best",
        (_, true) => "second",
        _ => "",
    };
    let steps = |c: &FilledCell| c.steps.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let column =
        |labels: &Vec<String>| joined(&labels.iter().map(|l| signed(table, l)).collect::<Vec<_>>(), " ");
    html! {
        table.numbers {
            @if let Some(caption) = &table.caption { caption { (caption) } }
            thead { tr {
                th { (corner(table)) }
                @for labels in &table.columns { th { (column(labels)) } }
            } }
            tbody { @for (at, cells) in table.cells.iter().enumerate() { tr {
                th { (row_head(table, at)) }
                @for c in cells {
                    td class=(class(c)) data-steps=[(!c.steps.is_empty()).then(|| steps(c))] { (cell(c, &STYLE)) }
                }
            } } }
        }
        @for remark in remarks(table, |n| format!("[{n}]")) { p.remark { (remark) } }
    }
}
