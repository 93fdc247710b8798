//! For programs: `{"table": .., "rows": [..], "columns": [[..]], "cells": [[{"mean", "std", "n"} | null]]}`.

use serde_json::json;

use super::layout::row_head;
use crate::{Cell, Filled};

pub(super) fn export(table: &Filled) -> String {
    let rows: Vec<String> = (0..table.rows.len()).map(|r| row_head(table, r)).collect();
    let cells: Vec<Vec<Option<Cell>>> =
        table.cells.iter().map(|row| row.iter().map(|c| c.cell).collect()).collect();
    let notes: Vec<&str> = table.notes.iter().map(|n| n.text.as_str()).collect();
    let mut value = json!({ "table": table.name, "rows": rows, "columns": table.columns, "cells": cells });
    let each = |f: &dyn Fn(&crate::FilledCell) -> serde_json::Value| -> Vec<Vec<serde_json::Value>> {
        table.cells.iter().map(|row| row.iter().map(f).collect()).collect()
    };
    if table.cells.iter().flatten().any(|c| c.best) {
        value["best"] = json!(each(&|c| json!(c.best)));
    }
    if table.cells.iter().flatten().any(|c| c.gap.is_some()) {
        value["gaps"] = json!(each(&|c| json!(c.gap)));
    }
    if table.cells.iter().flatten().any(|c| c.expected.is_some()) {
        value["expected"] =
            json!(each(&|c| json!(c.expected.map(|(v, agrees)| json!({"value": v, "agrees": agrees})))));
    }
    if let Some(test) = &table.test {
        value["test"] = json!(test);
        value["p"] = json!(each(&|c| json!(c.p)));
    }
    if !table.warnings.is_empty() {
        value["warnings"] = json!(table.warnings);
    }
    let remarks: Vec<&String> = table.bounds.iter().chain(&table.left_out).chain(&table.judged).collect();
    if !remarks.is_empty() {
        value["remarks"] = json!(remarks);
    }
    if !notes.is_empty() {
        value["notes"] = json!(notes);
    }
    format!("{value}\n")
}
