//! For spreadsheets: a column of centres and one of spreads per column of the table.

use super::{corner, joined, row_head};
use crate::Filled;

pub(super) fn export(table: &Filled) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut header = vec![corner(table)];
    for column in &table.columns {
        let name = joined(column, " ");
        header.extend([name.clone(), format!("{name} std"), format!("{name} n")]);
    }
    // Writing into memory cannot fail.
    let _ = writer.write_record(&header);
    for (at, cells) in table.cells.iter().enumerate() {
        let mut row = vec![row_head(table, at)];
        for cell in cells.iter().map(|c| c.cell) {
            let number = |v: Option<f64>| v.map_or_else(String::new, |v| v.to_string());
            row.push(number(cell.map(|c| c.mean)));
            row.push(number(cell.and_then(|c| c.std)));
            row.push(cell.map_or(0, |c| c.n).to_string());
        }
        let _ = writer.write_record(&row);
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}
