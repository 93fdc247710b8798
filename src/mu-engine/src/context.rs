//! What every step may use: the store, the device, what the steps before left in memory, and the way to tell how far it is.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mu_step::{Event, Failure, FailureKind, StepKey, StepSpec};
use mu_store::{Draft, Meta, Object, Store};
use tch::Device;

use crate::artefact::{Tensors, store_failure};
use crate::data::Dataset;
use crate::nn::Network;
use crate::{events, memory};

/// What every step may use.
pub(crate) struct Context {
    pub(crate) store: Store,
    pub(crate) device: Device,
    pub(crate) threads: i32,
    /// How often long steps keep how far they are.
    pub(crate) every: Duration,
    /// What the last steps used.
    pub(crate) cache: Cache,
    /// The most memory that a program of this step had, beside the engine's own, bytes.
    pub(crate) beside: Cell<u64>,
    /// How this step computes, for its record.
    pub(crate) paths: RefCell<BTreeMap<String, String>>,
}

/// What the process still has from the steps before: the next one often needs it.
#[derive(Default)]
pub(crate) struct Cache {
    /// A model that was made here.
    pub(crate) model: RefCell<Option<(StepKey, Tensors)>>,
    /// A data set, by its steps and its view.
    pub(crate) data: RefCell<Option<(StepKey, Rc<Dataset>)>>,
}

impl Context {
    /// Records how a network computes.
    pub(crate) fn record_environment(&self, network: &Network<'_>) {
        self.paths.borrow_mut().extend(network.paths().map(|(what, how)| (what.to_owned(), how)));
    }

    /// An input of a step, verified.
    pub(crate) fn input(&self, key: StepKey) -> Result<Object, Failure> {
        let object = self.store.get(key).map_err(store_failure)?;
        object.ok_or_else(|| {
            Failure::new(FailureKind::Store, format!("input {} is not in the store", key.short()))
        })
    }

    /// Puts what a step made into the store, with the record of how it was made.
    pub(crate) fn commit(
        &self,
        draft: Draft,
        spec: &StepSpec,
        flops: f64,
        seconds: f64,
    ) -> Result<(), Failure> {
        let mut environment = self.paths.borrow().clone();
        environment.extend([
            ("device".to_owned(), format!("{:?}", self.device)),
            ("threads".to_owned(), self.threads.to_string()),
            ("libtorch".to_owned(), mu_kernels::libtorch_version().unwrap_or_else(|e| e.to_string())),
            ("machine".to_owned(), format!("{} {}", std::env::consts::ARCH, std::env::consts::OS)),
        ]);
        let written =
            |e: serde_json::Error| Failure::new(FailureKind::Store, format!("cannot write the step: {e}"));
        let spec = serde_json::to_value(spec).map_err(written)?;
        let mu = env!("CARGO_PKG_VERSION").to_owned();
        let made = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
        let (peak, device_peak) =
            (memory::peak().map(|own| own + self.beside.get()), memory::device_peak(self.device));
        draft
            .commit(Meta {
                spec,
                mu,
                environment,
                seconds,
                flops,
                peak,
                device_peak,
                made,
                files: BTreeMap::new(),
            })
            .map_err(store_failure)?;
        Ok(())
    }
}

/// Tells how far a step is.
pub(crate) struct Progress {
    key: StepKey,
}

impl Progress {
    pub(crate) fn of(key: StepKey) -> Self {
        Self { key }
    }

    /// The step.
    pub(crate) fn key(&self) -> StepKey {
        self.key
    }

    pub(crate) fn say(&self, done: usize, of: usize, note: String) {
        events::send(&Event::Progress { key: self.key, done, of, note });
    }

    /// Something that people should know although the step goes on.
    pub(crate) fn warn(&self, message: String) {
        events::send(&Event::Warning { key: self.key, message });
    }
}
