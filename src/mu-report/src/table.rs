//! A table's layout, independent of how it is written.

use mu_check::{Coord, Dimension, Metric, Table, Unit};

use crate::query::Outcome;
use crate::{Cell, Measurements};

/// A table with its cells filled.
#[derive(Clone, Debug)]
pub struct Filled {
    /// Its name.
    pub name: String,
    /// Its caption.
    pub caption: Option<String>,
    /// What the rows run over.
    pub row_names: Vec<String>,
    /// The label of each row, one part per dimension.
    pub rows: Vec<Vec<String>>,
    /// The label of each column, one part per dimension.
    pub columns: Vec<Vec<String>>,
    /// `cells[row][column]`
    pub cells: Vec<Vec<(Option<Cell>, Option<usize>)>>,
    /// The unit of each column's, or row's, metric: `units[row][column]`.
    pub units: Vec<Vec<Unit>>,
    /// Footnotes; cells refer to them by number.
    pub notes: Vec<Note>,
    /// Values that are neither there nor failed.
    pub missing: usize,
}

/// A footnote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What it says.
    pub text: String,
}

/// One position along rows or columns.
#[derive(Clone, Default)]
struct Position<'t> {
    labels: Vec<String>,
    coords: Vec<Coord>,
    metric: Option<&'t Metric>,
}

/// Fills a table's cells.
#[must_use]
pub fn fill(table: &Table, measurements: &Measurements<'_>) -> Filled {
    let experiment = measurements.experiment(table.experiment);
    let labels = |axis: &str| experiment.axes.iter().find(|a| a.name == axis).map_or(&[][..], |a| &a.labels);
    let (rows, columns) = (positions(&table.rows, &labels), positions(&table.columns, &labels));
    let points: Vec<_> = (0..experiment.points()).map(|i| experiment.point(i)).collect();
    let mut notes: Vec<Note> = Vec::new();
    let mut missing = 0;
    let (mut cells, mut units) = (Vec::new(), Vec::new());
    for row in &rows {
        let (mut line, mut line_units) = (Vec::new(), Vec::new());
        for column in &columns {
            let Some(metric) = row.metric.or(column.metric) else { continue };
            let wanted: Vec<&Coord> = row.coords.iter().chain(&column.coords).collect();
            let on = |p| wanted.iter().all(|w| experiment.coords(p).any(|c| c == *w));
            let (mut values, mut failed) = (Vec::new(), Vec::new());
            let mut count = 0;
            for point in points.iter().copied().filter(|p| on(*p)) {
                count += 1;
                match measurements.outcome(table.experiment, point, metric) {
                    Outcome::Value(v) => values.push(v),
                    Outcome::Failed(failure) => failed.push(failure),
                    Outcome::Missing => missing += 1,
                }
            }
            let note = failed.first().map(|failure| {
                let text = format!(
                    "{} of {count} failed ({}): {}",
                    failed.len(),
                    failure.kind.word(),
                    failure.message
                );
                let at = notes.iter().position(|n| n.text == text);
                at.unwrap_or_else(|| {
                    notes.push(Note { text });
                    notes.len() - 1
                })
            });
            line.push((Cell::of(&values, table.center, table.spread), note));
            line_units.push(metric.unit);
        }
        cells.push(line);
        units.push(line_units);
    }
    let name_of = |d: &Dimension| match d {
        Dimension::Axis(axis) => axis.clone(),
        Dimension::Metrics(_) => "metric".to_owned(),
    };
    Filled {
        name: table.name.clone(),
        caption: table.caption.clone(),
        row_names: table.rows.iter().map(name_of).collect(),
        rows: rows.into_iter().map(|p| p.labels).collect(),
        columns: columns.into_iter().map(|p| p.labels).collect(),
        cells,
        units,
        notes,
        missing,
    }
}

/// The product of some dimensions, the last running fastest.
fn positions<'t, 'a>(
    dimensions: &'t [Dimension],
    labels: &impl Fn(&str) -> &'a [String],
) -> Vec<Position<'t>> {
    let mut all = vec![Position::default()];
    for dimension in dimensions {
        let mut next = Vec::new();
        for before in &all {
            match dimension {
                Dimension::Axis(axis) => {
                    for label in labels(axis) {
                        let mut position = before.clone();
                        position.labels.push(label.clone());
                        position.coords.push(Coord { axis: axis.clone(), label: label.clone() });
                        next.push(position);
                    }
                }
                Dimension::Metrics(metrics) => {
                    for metric in metrics {
                        let mut position = before.clone();
                        position.labels.push(metric.name.clone());
                        position.metric = Some(metric);
                        next.push(position);
                    }
                }
            }
        }
        all = next;
    }
    all
}
