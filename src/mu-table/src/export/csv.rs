//! For spreadsheets: a column of centres and one of spreads per column of the table; where values stopped at a limit, one more says
//! how the centre stands to the true one.

use mu_check::Bound;

use super::layout::{corner, joined, row_head};
use crate::Filled;

pub(super) fn export(table: &Filled) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut header = vec![corner(table)];
    let bounded: Vec<bool> = (0..table.columns.len())
        .map(|at| {
            let cells = table.cells.iter().filter_map(|row| row.get(at)?.cell);
            cells.into_iter().any(|c| c.bound != Bound::Exact)
        })
        .collect();
    for (column, bounded) in table.columns.iter().zip(&bounded) {
        let name = joined(column, " ");
        header.extend([name.clone(), format!("{name} std"), format!("{name} n")]);
        header.extend(bounded.then(|| format!("{name} bound")));
    }
    // Writing into memory cannot fail.
    let _ = writer.write_record(&header);
    for (at, cells) in table.cells.iter().enumerate() {
        let mut row = vec![row_head(table, at)];
        for (cell, bounded) in cells.iter().map(|c| c.cell).zip(&bounded) {
            let number = |v: Option<f64>| v.map_or_else(String::new, |v| v.to_string());
            row.push(number(cell.map(|c| c.mean)));
            row.push(number(cell.and_then(|c| c.std)));
            row.push(cell.map_or(0, |c| c.n).to_string());
            let word = cell.and_then(|c| c.bound.word()).unwrap_or("exact");
            row.extend(bounded.then(|| word.to_owned()));
        }
        let _ = writer.write_record(&row);
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}
