//! Measured numbers: a point and a metric → a number, or why there is none; statistics over points, tests, verdicts on claims, the long
//! form. It computes nothing but statistics, and draws nothing.

mod claim;
mod health;
mod images;
pub mod inference;
mod notes;
mod outputs;
mod query;
mod results;
mod stats;
mod well;

pub use claim::{Judged, judge, verdicts};
pub use health::Unwell;
pub use outputs::{Output, Outputs, PartOutputs};
pub use query::{Aggregate, Measurements, Outcome, measured};
pub use results::{Results, ResultsFormat, Row, results, results_of};
pub use stats::Cell;
pub use well::unwell;
