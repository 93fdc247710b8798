//! What the runner and the engine say to each other, as JSON lines.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{Prefix, StepKey, StepSpec};

/// Raised when a line changes its meaning.
pub const PROTOCOL: u32 = 3;

/// Runner → engine: keep how far the step is, and end it.
pub const STOP: &str = "\"stop\"";

/// Runner → engine: run this step.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Job {
    /// The step's key.
    pub key: StepKey,
    /// What to do.
    pub spec: StepSpec,
    /// Where a data step's files lie: the spec itself only knows their digest.
    pub root: Option<PathBuf>,
    /// About how many multiplications and additions it takes: kept with the object, for later estimates.
    #[serde(default)]
    pub flops: f64,
    /// Steps that it makes on its way.
    #[serde(default)]
    pub prefixes: Vec<Prefix>,
}

/// Engine → runner.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The first line: the engine is up.
    Hello {
        /// [`PROTOCOL`].
        protocol: u32,
        /// The device that steps will run on.
        device: String,
        /// Bytes that are free there, where it is a GPU.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        memory: Option<u64>,
    },
    /// How far a step is.
    Progress {
        /// The step.
        key: StepKey,
        /// Parts done.
        done: usize,
        /// Parts in all.
        of: usize,
        /// Loss or the like, for people.
        note: String,
    },
    /// Something that people should know although the step goes on.
    Warning {
        /// The step.
        key: StepKey,
        /// In words.
        message: String,
    },
    /// The step's object is in the store.
    Done {
        /// The step.
        key: StepKey,
        /// Wall time of the kernel, seconds.
        seconds: f64,
        /// Whether another process had made it meanwhile.
        found: bool,
    },
    /// Another process is making the step.
    Elsewhere {
        /// The step.
        key: StepKey,
    },
    /// The step failed; nothing is in the store.
    Failed {
        /// The step.
        key: StepKey,
        /// Why.
        failure: Failure,
    },
}

/// Why a step failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The kind.
    pub kind: FailureKind,
    /// In words.
    pub message: String,
}

impl Failure {
    /// A failure.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// The data are not what the file says.
    pub fn bad_data(message: impl Into<String>) -> Self {
        Self::new(FailureKind::BadData, message)
    }
}

/// The kinds of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The loss or a weight is no longer a finite number. It would be so again.
    Diverged,
    /// The data are not what the file says.
    BadData,
    /// The worker process ended.
    Crashed,
    /// The store could not be read or written.
    Store,
    /// libtorch refused.
    Kernel,
    /// A program of the user's failed, or made nothing that can be taken.
    Program,
    /// There was not enough memory.
    Memory,
    /// It took longer than the experiment allows.
    OverBudget,
    /// It took more time or memory than the run allows a step.
    OverLimit,
    /// It was asked to end; it goes on in the next run.
    Stopped,
}

impl FailureKind {
    /// The kind in a word or two.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            FailureKind::Diverged => "diverged",
            FailureKind::BadData => "bad data",
            FailureKind::Crashed => "worker crashed",
            FailureKind::Store => "store",
            FailureKind::Kernel => "kernel error",
            FailureKind::Program => "program failed",
            FailureKind::Memory => "out of memory",
            FailureKind::OverBudget => "over budget",
            FailureKind::OverLimit => "over its limit",
            FailureKind::Stopped => "stopped",
        }
    }
}
