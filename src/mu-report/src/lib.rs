//! Measured numbers → cells → tables. Nothing here computes anything but statistics.

mod export;
mod query;
mod results;
mod stats;
mod table;

pub use export::{Format, export};
pub use query::Measurements;
pub use results::{Results, ResultsFormat, results};
pub use stats::Cell;
pub use table::{Filled, Note, fill};
