//! For programs: `{"table": .., "rows": [..], "columns": [[..]], "cells": [[{"mean", "std", "n"} | null]]}`.

use serde_json::json;

use super::row_head;
use crate::{Cell, Filled};

pub(super) fn export(table: &Filled) -> String {
    let rows: Vec<String> = (0..table.rows.len()).map(|r| row_head(table, r)).collect();
    let cells: Vec<Vec<Option<Cell>>> =
        table.cells.iter().map(|row| row.iter().map(|(cell, _)| *cell).collect()).collect();
    let notes: Vec<&str> = table.notes.iter().map(|n| n.text.as_str()).collect();
    let mut value = json!({ "table": table.name, "rows": rows, "columns": table.columns, "cells": cells });
    if !notes.is_empty() {
        value["notes"] = json!(notes);
    }
    format!("{value}\n")
}
