//! Of a `measure` step: a number.

use serde::{Deserialize, Serialize};

use super::file::Record;

/// A measured number, with what must be said beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Value {
    /// The number, in the metric's unit.
    pub value: f64,
    /// How many samples it is taken over.
    pub samples: usize,
    /// Whether it stopped at a limit: the true number is at least this.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub capped: bool,
    /// The classes whose held-out samples were left out, since the classes are forgotten whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<i64>,
}

impl Record for Value {
    const FILE: &'static str = "value.json";
}
