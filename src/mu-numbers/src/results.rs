//! The long form: a row per point and metric, a column per axis.

use mu_check::{Point, Program};
use serde_json::{Map, Value, json};

use crate::Measurements;
use crate::query::Outcome;

/// Every number of a program, in long form.
#[derive(Clone, Debug)]
pub struct Results {
    /// What the columns of text are called: `experiment`, every axis, `metric`, `status`.
    pub header: Vec<String>,
    /// The columns of text of each row.
    pub rows: Vec<Vec<String>>,
    /// The number of each row, where there is one.
    pub values: Vec<Option<f64>>,
}

/// The status of a number that is there, and is the true one.
const OK: &str = "ok";

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultsFormat {
    /// Comma-separated values with a header.
    Csv,
    /// A list of objects.
    Json,
}

/// Collects the numbers of every experiment.
#[must_use]
pub fn results(program: &Program, measurements: &Measurements<'_>) -> Results {
    results_of(program, measurements, &|_, _| true)
}

/// Collects the numbers of some points: of experiments by their place in the program.
#[must_use]
pub fn results_of(
    program: &Program,
    measurements: &Measurements<'_>,
    wanted: &dyn Fn(usize, Point) -> bool,
) -> Results {
    let mut axes: Vec<String> = Vec::new();
    for axis in program.experiments.iter().flat_map(|e| &e.axes) {
        if !axes.contains(&axis.name) {
            axes.push(axis.name.clone());
        }
    }
    let (mut rows, mut values) = (Vec::new(), Vec::new());
    for (index, experiment) in program.experiments.iter().enumerate() {
        for point in measurements.points(index).iter().copied().filter(|p| wanted(index, *p)) {
            for metric in &experiment.measure {
                let (value, status) = match measurements.outcome(index, point, metric) {
                    Outcome::Value(v) => {
                        let bound = measurements.bound(index, point, metric);
                        (Some(v), bound.word().unwrap_or(OK))
                    }
                    Outcome::Failed(failure) => (None, failure.kind.word()),
                    Outcome::Missing => (None, "missing"),
                };
                let mut row = vec![experiment.name.clone()];
                row.extend(axes.iter().map(|axis| {
                    let coord = experiment.coords(point).find(|c| experiment.axes[c.axis].name == *axis);
                    coord.map_or_else(String::new, |c| experiment.label(c).to_owned())
                }));
                row.extend([metric.name.clone(), status.to_owned()]);
                rows.push(row);
                values.push(value);
            }
        }
    }
    let header =
        ["experiment".to_owned()].into_iter().chain(axes).chain(["metric".to_owned(), "status".to_owned()]);
    Results { header: header.collect(), rows, values }
}

/// A number in long form.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its experiment.
    pub experiment: String,
    /// The position of its point on every axis; empty where it has none.
    pub axes: Vec<(String, String)>,
    /// Its metric.
    pub metric: String,
    /// The number, where there is one.
    pub value: Option<f64>,
    /// Whether it is the true one: it did not stop at a limit.
    pub exact: bool,
}

impl Results {
    /// The rows, one by one.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        let axes = &self.header[1..self.header.len() - 2];
        let row = |(cells, value): (&Vec<String>, &Option<f64>)| Row {
            experiment: cells[0].clone(),
            axes: axes.iter().cloned().zip(cells[1..].iter().cloned()).collect(),
            metric: cells[cells.len() - 2].clone(),
            value: *value,
            exact: value.is_none() || cells[cells.len() - 1] == OK,
        };
        self.rows.iter().zip(&self.values).map(row).collect()
    }

    /// As columns of text: only the axes that a row stands on.
    #[must_use]
    pub fn text(&self) -> String {
        let axes = |at: &usize| self.rows.iter().any(|row| !row[*at].is_empty());
        let shown: Vec<usize> = (0..self.header.len() - 1).filter(axes).collect();
        let row = |cells: &[String], last: String| -> Vec<String> {
            shown.iter().map(|at| cells[*at].clone()).chain([last]).collect()
        };
        let mut lines = vec![row(&self.header, "value".to_owned())];
        lines.extend(self.rows.iter().zip(&self.values).map(|(cells, value)| {
            // Where there is no number, the word says why.
            let status = &cells[cells.len() - 1];
            let number = value.map_or_else(|| status.clone(), |v| format!("{v:.4}"));
            row(cells, number)
        }));
        let width = |at: usize| lines.iter().map(|l| l[at].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..=shown.len()).map(width).collect();
        let mut out = String::new();
        for line in &lines {
            let cells = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            out.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
            out.push('\n');
        }
        out
    }

    /// As text.
    #[must_use]
    pub fn export(&self, format: ResultsFormat) -> String {
        match format {
            ResultsFormat::Csv => {
                let mut writer = csv::Writer::from_writer(Vec::new());
                let header = self.header.iter().map(String::as_str).chain(["value"]);
                // Writing into memory cannot fail.
                let _ = writer.write_record(header);
                for (row, value) in self.rows.iter().zip(&self.values) {
                    let value = value.map_or_else(String::new, |v| v.to_string());
                    let _ = writer.write_record(row.iter().map(String::as_str).chain([value.as_str()]));
                }
                String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
            }
            ResultsFormat::Json => {
                let rows = self.rows.iter().zip(&self.values).map(|(row, value)| {
                    let mut object: Map<String, Value> =
                        self.header.iter().cloned().zip(row.iter().map(|v| json!(v))).collect();
                    object.insert("value".to_owned(), json!(value));
                    Value::Object(object)
                });
                format!("{:#}\n", Value::Array(rows.collect()))
            }
        }
    }
}
