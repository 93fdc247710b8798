//! A job → an object. The only `match` on steps.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use mu_step::artefact::MODULE;
use mu_step::{Event, Failure, FailureKind, Job, ModuleSpec, StepKey, StepSpec};
use mu_store::{Begin, Draft, Meta, Object, Store};
use tch::Device;

use crate::artefact::{Tensors, store_failure};
use crate::data::Dataset;
use crate::nn::Network;
use crate::{data, measure, memory, score, select, unlearn};

/// What every step may use.
pub(crate) struct Context {
    pub(crate) store: Store,
    pub(crate) device: Device,
    pub(crate) threads: i32,
    /// How often long steps keep how far they are.
    pub(crate) every: Duration,
    /// What the last steps used.
    pub(crate) warm: Warm,
    /// How this step computes, for its record.
    pub(crate) paths: RefCell<BTreeMap<String, String>>,
}

/// What the process still has from the steps before: the next one often needs it.
#[derive(Default)]
pub(crate) struct Warm {
    /// A model that was made here.
    pub(crate) model: RefCell<Option<(StepKey, Tensors)>>,
    /// A data set, by its steps and its view.
    pub(crate) data: RefCell<Option<(StepKey, Rc<Dataset>)>>,
}

impl Context {
    /// Records how a network computes.
    pub(crate) fn says(&self, network: &Network<'_>) {
        self.paths.borrow_mut().extend(network.paths().map(|(what, how)| (what.to_owned(), how)));
    }

    /// An input of a step, verified.
    pub(crate) fn input(&self, key: StepKey) -> Result<Object, Failure> {
        let object = self.store.get(key).map_err(store_failure)?;
        object.ok_or_else(|| {
            Failure::new(FailureKind::Store, format!("input {} is not in the store", key.short()))
        })
    }
}

/// Tells how far a step is.
pub(crate) struct Progress(StepKey);

impl Progress {
    /// The step.
    pub(crate) fn key(&self) -> StepKey {
        self.0
    }

    pub(crate) fn say(&self, done: usize, of: usize, note: String) {
        crate::say(&Event::Progress { key: self.0, done, of, note });
    }

    /// Something that people should know although the step goes on.
    pub(crate) fn warn(&self, message: String) {
        crate::say(&Event::Warning { key: self.0, message });
    }
}

/// How a job ended that did not fail; with the wall time of its kernel in seconds.
pub(crate) enum Ended {
    Made(f64),
    /// The object was there already.
    Found(f64),
    /// Another process is making it.
    Elsewhere,
}

/// Runs a job.
pub(crate) fn run(job: &Job, context: &Context) -> Result<Ended, Failure> {
    if job.spec.key() != job.key {
        let problem = format!("the step is not that of its key {}", job.key.short());
        return Err(Failure::new(FailureKind::Store, problem));
    }
    let draft = match context.store.begin(job.key).map_err(store_failure)? {
        Begin::Exists(object) => return Ok(Ended::Found(object.meta.seconds)),
        Begin::Busy(_) => return Ok(Ended::Elsewhere),
        Begin::Draft(draft) => draft,
    };
    let start = Instant::now();
    context.paths.borrow_mut().clear();
    memory::forget_peak(context.device);
    let ended = step(job, context, &draft).and_then(|()| {
        let seconds = start.elapsed().as_secs_f64();
        commit(draft, &job.spec, job.flops, seconds, context).map(|()| Ended::Made(seconds))
    });
    // Other workers on its GPU may want what it needs no more, all the more where there was not enough.
    memory::forget_peak(context.device);
    ended
}

/// Puts what a step made into the store.
pub(crate) fn commit(
    draft: Draft,
    spec: &StepSpec,
    flops: f64,
    seconds: f64,
    context: &Context,
) -> Result<(), Failure> {
    let mut environment = context.paths.borrow().clone();
    environment.extend([
        ("device".to_owned(), format!("{:?}", context.device)),
        ("threads".to_owned(), context.threads.to_string()),
        ("libtorch".to_owned(), "2.11.0".to_owned()),
        ("machine".to_owned(), format!("{} {}", std::env::consts::ARCH, std::env::consts::OS)),
    ]);
    let written =
        |e: serde_json::Error| Failure::new(FailureKind::Store, format!("cannot write the step: {e}"));
    let spec = serde_json::to_value(spec).map_err(written)?;
    let mu = env!("CARGO_PKG_VERSION").to_owned();
    let made = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
    let (peak, device_peak) = (memory::peak(), memory::device_peak(context.device));
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

fn module(spec: &ModuleSpec, path: Option<&Path>, draft: &Draft) -> Result<(), Failure> {
    let path = planned(path, &spec.digest)?;
    let bad = |problem: String| Failure::new(FailureKind::BadData, problem);
    let bytes = mu_file::bytes(path, mu_file::NUMBERS)
        .map_err(|e| bad(format!("cannot read {}: {e}", path.display())))?;
    if blake3::hash(&bytes).to_hex().as_str() != spec.digest {
        return Err(bad(format!("{} changed while mu was running; run it again", path.display())));
    }
    draft.write(MODULE, &bytes).map_err(store_failure)
}

/// The file of a step, whose bytes are still the planned ones.
pub(crate) fn planned<'p>(path: Option<&'p Path>, digest: &str) -> Result<&'p Path, Failure> {
    let bad = |problem: String| Failure::new(FailureKind::BadData, problem);
    let path = path.ok_or_else(|| bad("the step does not say where its file is".to_owned()))?;
    if mu_data::file_digest(path).map_err(|e| bad(e.to_string()))? == digest {
        Ok(path)
    } else {
        Err(bad(format!("{} changed while mu was running; run it again", path.display())))
    }
}

fn step(job: &Job, context: &Context, draft: &Draft) -> Result<(), Failure> {
    for script in job.spec.scripts() {
        crate::nn::provide(script, context.input(StepSpec::module(script).key())?.path(MODULE));
    }
    let progress = Progress(job.key);
    match &job.spec {
        StepSpec::Data(spec) => data::decode(spec, job.root.as_deref(), draft, &progress),
        StepSpec::Split(spec) => data::split(spec, context, draft),
        StepSpec::Train(spec) => unlearn::train(spec, job, context, draft, &progress),
        StepSpec::Module(spec) => module(spec, job.root.as_deref(), draft),
        StepSpec::Load(spec) => unlearn::load(spec, job.root.as_deref(), draft),
        StepSpec::Score(spec) => score::score(spec, context, draft, &progress),
        StepSpec::Select(spec) => select::select(spec, job.root.as_deref(), context, draft, &progress),
        StepSpec::Unlearn(spec) => unlearn::unlearn(spec, job, context, draft, &progress),
        StepSpec::Infer(spec) => measure::infer(spec, context, draft),
        StepSpec::Measure(spec) => measure::measure(spec, context, draft, &progress),
    }
}
