//! Runs a plan's missing steps in engine processes. One loop owns all state; the rest are events.

mod engine;
mod schedule;

use mu_step::{Failure, StepKey};

pub use engine::{Engine, EngineError};
pub use schedule::{Options, run};

/// What happens during a run, for whoever shows it.
#[derive(Clone, Debug)]
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
    },
    /// It has no result.
    Failed {
        /// The step.
        key: StepKey,
        /// Why.
        failure: Failure,
    },
}

/// How a run ended.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Steps that ran.
    pub ran: usize,
    /// Steps that another process made meanwhile.
    pub found: usize,
    /// Steps without a result, and why.
    pub failed: Vec<(StepKey, Failure)>,
    /// Steps that could not run because an input failed.
    pub blocked: usize,
}
