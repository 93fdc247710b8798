//! Runs the missing steps of a graph in engine processes. One loop owns all state; the rest are events.

mod engine;
mod estimate;
mod limits;
mod mps;
mod prefix;
mod queue;
mod room;
mod runner;
pub mod slurm;
mod task;
mod words;

use mu_step::{Failure, StepKey};
use serde::Serialize;

pub use engine::Engine;
pub use estimate::{Bill, Estimate, History, available_memory};
pub use limits::Limits;
pub use room::Needs;
pub use runner::{Options, Stop, run};
pub use task::{Batch, Task};
pub use words::{Word, last_words, listen};

/// What happens during a run, for whoever shows it.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum RunEvent {
    /// So many steps will run.
    Planned {
        /// How many.
        steps: usize,
    },
    /// A worker began a step.
    Started {
        /// The step.
        key: StepKey,
        /// The worker's number.
        worker: usize,
    },
    /// How far it is.
    Progress {
        /// The step.
        key: StepKey,
        /// The worker's number.
        worker: usize,
        /// Parts done.
        done: usize,
        /// Parts in all.
        of: usize,
        /// Loss or the like.
        note: String,
    },
    /// What people should know of it.
    Warning {
        /// The step.
        key: StepKey,
        /// In words.
        message: String,
    },
    /// It is in the store.
    Finished {
        /// The step.
        key: StepKey,
        /// The worker's number.
        worker: usize,
        /// Wall time of the kernel, seconds.
        seconds: f64,
        /// Whether another process had made it meanwhile.
        found: bool,
    },
    /// It has no result.
    Failed {
        /// The step.
        key: StepKey,
        /// Why.
        failure: Failure,
    },
    /// Its worker is gone; it is tried again.
    Retried {
        /// The step.
        key: StepKey,
        /// Why.
        failure: Failure,
    },
    /// The run was asked to end: so many steps finish, or keep how far they are.
    Stopping {
        /// How many.
        running: usize,
    },
    /// A step kept how far it is; the next run goes on from there.
    Stopped {
        /// The step.
        key: StepKey,
    },
}

/// How a run ended.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Summary {
    /// Steps that ran.
    pub ran: usize,
    /// Steps that another process made meanwhile.
    pub found: usize,
    /// Steps without a result, and why.
    pub failed: Vec<(StepKey, Failure)>,
    /// Steps that could not run because an input failed.
    pub blocked: usize,
    /// Steps that are left because the run was asked to end.
    pub left: usize,
}
