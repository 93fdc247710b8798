//! The long form: a row per point and metric, a column per axis.

use mu_check::Program;
use serde_json::{Map, Value, json};

use crate::Measurements;
use crate::query::Outcome;

/// Every number of a program, in long form.
#[derive(Clone, Debug)]
pub struct Results {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
    values: Vec<Option<f64>>,
}

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
    let mut axes: Vec<String> = Vec::new();
    for axis in program.experiments.iter().flat_map(|e| &e.axes) {
        if !axes.contains(&axis.name) {
            axes.push(axis.name.clone());
        }
    }
    let (mut rows, mut values) = (Vec::new(), Vec::new());
    for (index, experiment) in program.experiments.iter().enumerate() {
        for point in measurements.points(index).iter().copied() {
            for metric in &experiment.measure {
                let (value, status) = match measurements.outcome(index, point, metric) {
                    Outcome::Value(v) => (Some(v), "ok"),
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

impl Results {
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
