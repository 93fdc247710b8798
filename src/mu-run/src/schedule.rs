//! Which step runs next, and on which worker.

use std::collections::HashSet;
use std::sync::mpsc;

use mu_plan::Plan;
use mu_step::{Event, Failure, FailureKind, Job, PROTOCOL, StepKey};
use mu_store::Store;

use crate::engine::Worker;
use crate::{Engine, EngineError, RunEvent, Summary};

/// How a plan is run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Worker processes.
    pub jobs: usize,
    /// Threads of each. Bits depend on this.
    pub threads: usize,
    /// How often a step is tried again after its worker crashed.
    pub retries: usize,
    /// Whether steps that diverged before are run again.
    pub again: bool,
}

/// What a worker is doing.
enum Slot {
    Starting(Worker),
    Idle(Worker),
    Busy(Worker, StepKey),
    Gone,
}

struct Runner<'a> {
    plan: &'a Plan,
    store: &'a Store,
    engine: &'a Engine,
    options: &'a Options,
    observe: &'a mut dyn FnMut(&RunEvent),
    waiting: Vec<StepKey>,
    ready: HashSet<StepKey>,
    dead: HashSet<StepKey>,
    crashes: Vec<StepKey>,
    summary: Summary,
}

/// Runs every missing step of a plan; a failed step fails alone, with those that need it.
///
/// # Errors
/// Where no engine can be started.
pub fn run(
    plan: &Plan,
    store: &Store,
    engine: &Engine,
    options: &Options,
    observe: &mut dyn FnMut(&RunEvent),
) -> Result<Summary, EngineError> {
    let waiting = plan.missing(&|k| store.contains(k));
    observe(&RunEvent::Planned { steps: waiting.len() });
    let ready = plan.steps.keys().copied().filter(|k| store.contains(*k)).collect();
    let mut runner = Runner {
        plan,
        store,
        engine,
        options,
        observe,
        waiting,
        ready,
        dead: HashSet::new(),
        crashes: Vec::new(),
        summary: Summary::default(),
    };
    if !options.again {
        runner.keep_earlier_failures();
    }
    runner.block();
    runner.run()?;
    Ok(runner.summary)
}

impl Runner<'_> {
    /// A step that diverged would do so again.
    fn keep_earlier_failures(&mut self) {
        for key in self.waiting.clone() {
            if let Some(failure) = self.store.failure(key).filter(|f| f.kind == FailureKind::Diverged) {
                self.failed(key, failure);
            }
        }
    }

    fn run(&mut self) -> Result<(), EngineError> {
        let (events, inbox) = mpsc::channel();
        let jobs = self.options.jobs.min(self.waiting.len());
        let mut slots = Vec::new();
        for number in 0..jobs {
            slots.push(Slot::Starting(self.engine.start(number, self.options.threads, events.clone())?));
        }
        while !self.waiting.is_empty() || slots.iter().any(|s| matches!(s, Slot::Busy(..))) {
            let Ok((number, event)) = inbox.recv() else { break };
            let slot = std::mem::replace(&mut slots[number], Slot::Gone);
            slots[number] = match (slot, event) {
                (Slot::Starting(worker), Some(Event::Hello { protocol, .. })) if protocol == PROTOCOL => {
                    Slot::Idle(worker)
                }
                (Slot::Starting(worker), Some(Event::Hello { protocol, .. })) => {
                    drop(worker);
                    return Err(EngineError {
                        message: format!("mu-engine speaks protocol {protocol}, this mu {PROTOCOL}"),
                        help: "mu and mu-engine must be of one build: run `make build`".to_owned(),
                    });
                }
                (Slot::Starting(mut worker), None) => {
                    return Err(Engine::did_not_start(&worker.last_words()));
                }
                (Slot::Busy(worker, key), Some(event)) => self.heard(number, worker, key, event),
                (Slot::Busy(mut worker, key), None) => {
                    let failure = Failure::new(
                        FailureKind::Crashed,
                        format!("the worker ended ({})", worker.epitaph()),
                    );
                    self.crashed(key, failure);
                    Slot::Starting(self.engine.start(number, self.options.threads, events.clone())?)
                }
                // An idle worker that ends is replaced, like one that ends at work.
                (Slot::Idle(_), None) => {
                    Slot::Starting(self.engine.start(number, self.options.threads, events.clone())?)
                }
                (slot, _) => slot,
            };
            self.hand_out(&mut slots);
            // Everybody idle with steps left: an input went away under us. Waiting would not bring it back.
            if slots.iter().all(|s| matches!(s, Slot::Idle(_))) && !self.waiting.is_empty() {
                self.summary.blocked += self.waiting.len();
                break;
            }
        }
        Ok(())
    }

    fn hand_out(&mut self, slots: &mut [Slot]) {
        for (number, slot) in slots.iter_mut().enumerate() {
            if !matches!(slot, Slot::Idle(_)) {
                continue;
            }
            let Some(key) = self.next() else { return };
            if let Slot::Idle(mut worker) = std::mem::replace(slot, Slot::Gone) {
                let step = &self.plan.steps[&key];
                worker.send(&Job { key, spec: step.spec.clone(), root: step.root.clone() });
                (self.observe)(&RunEvent::Started { key, worker: number });
                *slot = Slot::Busy(worker, key);
            }
        }
    }

    /// The first step in plan order whose inputs are there.
    fn next(&mut self) -> Option<StepKey> {
        let is_ready =
            |key: &StepKey| self.plan.steps[key].spec.inputs().iter().all(|i| self.ready.contains(i));
        let at = self.waiting.iter().position(is_ready)?;
        Some(self.waiting.remove(at))
    }

    fn heard(&mut self, number: usize, worker: Worker, key: StepKey, event: Event) -> Slot {
        match event {
            Event::Progress { done, of, note, .. } => {
                (self.observe)(&RunEvent::Progress { key, worker: number, done, of, note });
                return Slot::Busy(worker, key);
            }
            Event::Warning { message, .. } => {
                (self.observe)(&RunEvent::Warning { key, message });
                return Slot::Busy(worker, key);
            }
            Event::Done { seconds, found, .. } => {
                self.ready.insert(key);
                if found {
                    self.summary.found += 1;
                } else {
                    self.summary.ran += 1;
                }
                (self.observe)(&RunEvent::Finished { key, worker: number, seconds });
            }
            Event::Failed { failure, .. } => self.failed(key, failure),
            Event::Hello { .. } => {}
        }
        Slot::Idle(worker)
    }

    fn crashed(&mut self, key: StepKey, failure: Failure) {
        self.crashes.push(key);
        if self.crashes.iter().filter(|k| **k == key).count() <= self.options.retries {
            self.waiting.insert(0, key);
        } else {
            self.failed(key, failure);
        }
    }

    fn failed(&mut self, key: StepKey, failure: Failure) {
        // The record is for later tables; where it cannot be written this run still tells.
        let _ = self.store.record_failure(key, &failure);
        (self.observe)(&RunEvent::Failed { key, failure: failure.clone() });
        self.summary.failed.push((key, failure));
        self.dead.insert(key);
        self.waiting.retain(|k| *k != key);
        self.block();
    }

    /// Takes out the steps that can no longer run.
    fn block(&mut self) {
        if self.dead.is_empty() {
            return;
        }
        // Inputs stand before what needs them, so one pass reaches all.
        for key in std::mem::take(&mut self.waiting) {
            let inputs = self.plan.steps[&key].spec.inputs();
            if inputs.iter().any(|i| self.dead.contains(i)) {
                self.dead.insert(key);
                self.summary.blocked += 1;
            } else {
                self.waiting.push(key);
            }
        }
    }
}
