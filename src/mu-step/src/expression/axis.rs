//! The axes of tensors.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An axis. Axes match by name, never by position; tensors lie in the order of this list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Axis {
    /// Channels of images.
    Channel,
    /// Rows of images.
    Row,
    /// Columns of images.
    Column,
    /// Samples of the other stream's batch.
    Other,
    /// What a layer makes; or what the last linear layer sees.
    Feature(Option<String>),
    /// Classes.
    Class,
    /// Entries of parameters.
    Entry,
}

impl fmt::Display for Axis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Axis::Channel => f.write_str("channel"),
            Axis::Row => f.write_str("row"),
            Axis::Column => f.write_str("column"),
            Axis::Other => f.write_str("other"),
            Axis::Feature(None) => f.write_str("feature"),
            Axis::Feature(Some(layer)) => write!(f, "feature of {layer}"),
            Axis::Class => f.write_str("class"),
            Axis::Entry => f.write_str("entry"),
        }
    }
}
