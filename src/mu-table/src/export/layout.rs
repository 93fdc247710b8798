//! What the formats share: how the parts of a cell are put together, heads, and remarks.

use mu_check::{Bound, SIGNIFICANT};

use crate::{Cell, Filled, FilledCell};

/// How a cell's parts are put together.
pub(super) struct Style {
    pub(super) number: fn(String) -> String,
    pub(super) plus_minus: &'static str,
    pub(super) missing: &'static str,
    pub(super) failed: &'static str,
    pub(super) note: fn(usize) -> String,
    pub(super) best: fn(String) -> String,
    pub(super) second: fn(String) -> String,
    pub(super) gap: fn(String) -> String,
    pub(super) expected: fn(String, bool) -> String,
    /// Before a number that the true one is at least, at most, or not known to be near.
    pub(super) bounds: [&'static str; 3],
    /// Behind a cell that differs from what it is tested against.
    pub(super) significant: &'static str,
}

/// A number with so many decimals. What rounds to nothing has no sign.
fn decimal(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    match text.strip_prefix('-') {
        Some(rest) if rest.chars().all(|c| matches!(c, '0' | '.')) => rest.to_owned(),
        _ => text,
    }
}

/// A cell in words.
pub(super) fn cell(of: &FilledCell, style: &Style) -> String {
    let digits = of.digits;
    let mark = of.note.map(|n| (style.note)(n + 1)).unwrap_or_default();
    let mut text = match of.cell {
        None if of.note.is_some() => return format!("{}{mark}", style.failed),
        None => return style.missing.to_owned(),
        Some(Cell { mean, std: Some(std), .. }) => {
            format!("{}{}{}", decimal(mean, digits), style.plus_minus, decimal(std, digits))
        }
        Some(Cell { mean, .. }) => decimal(mean, digits),
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
        text.push_str(&(style.gap)(decimal(gap, digits)));
    }
    if let Some((value, agrees)) = of.expected {
        text.push_str(&(style.expected)(decimal(value, digits), agrees));
    }
    if of.p.is_some_and(|p| p < SIGNIFICANT) {
        text.push_str(style.significant);
    }
    text + &mark
}

/// ✓ or ✗ and a reported value in brackets.
pub(super) fn beside(value: String, agrees: bool) -> String {
    format!(" [{value} {}]", if agrees { "✓" } else { "✗" })
}

pub(super) fn row_head(table: &Filled, row: usize) -> String {
    joined(&table.rows[row], " · ")
}

/// The labels that are there.
pub(super) fn joined(labels: &[String], between: &str) -> String {
    labels.iter().filter(|l| !l.is_empty()).cloned().collect::<Vec<_>>().join(between)
}

/// A label, with the sign of what is best behind a metric's name.
pub(super) fn signed(table: &Filled, label: &str) -> String {
    let sign = table.signs.iter().find(|(name, _)| name == label);
    sign.map_or_else(|| label.to_owned(), |(_, sign)| format!("{label} {sign}"))
}

pub(super) fn corner(table: &Filled) -> String {
    table.row_names.join(" · ")
}

/// What stands below a table: its footnotes, and what is not there yet.
pub(super) fn remarks(table: &Filled, mark: fn(usize) -> String) -> Vec<String> {
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
    remarks.extend(table.bounds.iter().chain(&table.left_out).chain(&table.judged).cloned());
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

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn nothing_has_no_sign() {
        assert_eq!(decimal(-1e-9, 4), "0.0000");
        assert_eq!(decimal(-0.4, 0), "0");
        assert_eq!(decimal(-0.06, 1), "-0.1");
    }
}
