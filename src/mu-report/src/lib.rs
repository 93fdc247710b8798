//! Measured numbers → cells → tables. Nothing here computes anything but statistics.

mod chart;
mod claim;
mod convert;
mod export;
mod figure;
mod health;
mod inference;
mod lock;
mod notes;
mod outputs;
mod page;
mod query;
mod results;
mod runs;
mod stats;
mod table;

pub use claim::{Judged, judge};
pub use convert::{pdf, png};
pub use export::{Format, export};
pub use figure::{Curve, Dot, Drawn, draw};
pub use health::{Unwell, unwell};
pub use lock::{Lock, Locked, Stale, lock};
pub use outputs::{Output, Outputs};
pub use page::{HistogramOf, Page, contact_sheet, forget_classes, histogram, page};
pub use query::{Measurements, measured};
pub use results::{Results, ResultsFormat, Row, results, results_of};
pub use runs::{Call, Run, events, mlflow, runs};
pub use stats::Cell;
pub use table::{Filled, FilledCell, Note, fill};
