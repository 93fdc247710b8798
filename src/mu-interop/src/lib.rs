//! Numbers and outputs in the formats of other programs: Parquet, NumPy archives, comma-separated values, TensorBoard's event files,
//! and runs of an MLflow server.

mod mlflow;
pub mod outputs;
pub mod results;
mod runs;
mod tensorboard;

pub use mlflow::{Call, mlflow};
pub use runs::{Run, runs};
pub use tensorboard::events;
