//! Where a long step keeps how far it is.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use mu_step::artefact::{Cost, Epoch};
use mu_step::{Failure, FailureKind, Rule, Score, StepKey};
use mu_store::Store;
use serde::{Deserialize, Serialize};
use tch::Device;

use super::course::KeptHead;
use crate::artefact::{Tensors, store_failure, tensor_bytes, tensors_of};

/// Set when the engine is to stop: long steps keep how far they are and end.
pub(crate) static STOP: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// Where a step keeps how far it is, and how often.
pub(crate) struct Keeper<'s> {
    pub(crate) store: &'s Store,
    pub(crate) key: StepKey,
    pub(crate) every: Duration,
    /// When something was kept last.
    last: Instant,
    begun: Instant,
    /// Seconds that earlier processes spent on the step.
    before: f64,
}

impl<'s> Keeper<'s> {
    pub(crate) fn new(store: &'s Store, key: StepKey, every: Duration) -> Self {
        Self { store, key, every, last: Instant::now(), begun: Instant::now(), before: 0.0 }
    }

    /// Seconds of work on the step, in all processes.
    pub(crate) fn seconds(&self) -> f64 {
        self.before + self.begun.elapsed().as_secs_f64()
    }

    /// Whether it is time to keep something.
    pub(crate) fn is_due(&self) -> bool {
        STOP.load(Ordering::Relaxed) || self.last.elapsed() >= self.every
    }

    /// Keeps it; a failure where the step is to end now.
    pub(crate) fn keep(&mut self, head: &impl Serialize, tensors: &Tensors) -> Result<(), Failure> {
        let text = serde_json::to_string(head)
            .map_err(|e| Failure::new(FailureKind::Store, format!("a bookmark: {e}")))?;
        let bytes = tensor_bytes(tensors, Some(HashMap::from([(HEAD.to_owned(), text)])))?;
        self.store.keep_bookmark(self.key, &bytes).map_err(store_failure)?;
        self.last = Instant::now();
        if STOP.load(Ordering::Relaxed) {
            return Err(Failure::new(FailureKind::Stopped, "stopped; the next run goes on from here"));
        }
        Ok(())
    }

    /// What was kept last, by this version of the kept form.
    pub(crate) fn open<T: serde::de::DeserializeOwned>(&self, device: Device) -> Option<(T, Tensors)> {
        let bytes = self.store.bookmark(self.key)?;
        let (_, metadata) = safetensors::SafeTensors::read_metadata(&bytes).ok()?;
        let head = serde_json::from_str(metadata.metadata().as_ref()?.get(HEAD)?).ok()?;
        Some((head, tensors_of("a bookmark", &bytes, device).ok()?))
    }

    /// Counts the seconds of earlier processes.
    pub(crate) fn spent_before(&mut self, seconds: f64) {
        self.before = seconds;
    }
}

const HEAD: &str = "mu";

/// Names of a set's tensors, each with whether it has a mask; the masks are among the tensors.
pub(super) type Names = Vec<(String, bool)>;

/// What a procedure's rest depends on, beside tensors.
#[derive(Serialize, Deserialize)]
pub(super) struct Head {
    /// Stretches of the procedure that were run.
    pub(super) done: usize,
    pub(super) seconds: f64,
    pub(super) choices: usize,
    pub(super) dropped: usize,
    pub(super) cost: Cost,
    pub(super) log: Vec<Epoch>,
    pub(super) own: Held,
    pub(super) terms: Vec<Names>,
    /// What waits while a model is made on the side.
    pub(super) waiting: Vec<Held>,
    /// The models that were made on the side.
    pub(super) asides: Vec<usize>,
    /// Whether it is in a lookahead.
    pub(super) ahead: bool,
    /// Whether the best is kept, and the value of the best so far.
    pub(super) judged: bool,
    pub(super) best: Option<f64>,
    /// What the phase's course remembers.
    #[serde(default)]
    pub(super) course: KeptHead,
    /// The scores of the original model's entries whose cost is counted.
    #[serde(default)]
    pub(super) importances: Vec<Score>,
}

/// Optimizers, and sets of parameters.
#[derive(Serialize, Deserialize)]
pub(super) struct Held {
    pub(super) rules: Vec<Rule>,
    /// What each rule remembers.
    pub(super) remembered: Vec<Vec<String>>,
    pub(super) moving: Option<Names>,
    pub(super) slow: Vec<(Names, f64)>,
    pub(super) average: bool,
}
