//! A job → an object. The only `match` on steps: it uses every kind of step, and no kind of step uses it.

use std::time::Instant;

use mu_step::artefact::MODULE;
use mu_step::{Failure, FailureKind, Job, StepSpec};
use mu_store::{Begin, Draft};

use crate::artefact::store_failure;
use crate::context::{Context, Progress};
use crate::{data, expression, generate, load, measure, memory, nn, score, select, unlearn};

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
    context.beside.set(0);
    memory::forget_peak(context.device);
    let ended = step(job, context, &draft).and_then(|()| {
        let seconds = start.elapsed().as_secs_f64();
        context.commit(draft, &job.spec, job.flops, seconds).map(|()| Ended::Made(seconds))
    });
    // Other workers on its GPU may want what it needs no more, all the more where there was not enough.
    memory::forget_peak(context.device);
    ended
}

fn step(job: &Job, context: &Context, draft: &Draft) -> Result<(), Failure> {
    for script in job.spec.scripts() {
        nn::provide(script, context.input(StepSpec::module(script).key())?.path(MODULE));
    }
    for file in job.spec.functions() {
        let module = StepSpec::Module(file.module()).key();
        expression::provide(file, context.input(module)?.path(MODULE));
    }
    let progress = Progress::of(job.key);
    match &job.spec {
        StepSpec::Data(spec) => data::decode(spec, job.root.as_deref(), draft, &progress),
        StepSpec::Split(spec) => data::split(spec, context, draft),
        StepSpec::Train(spec) => unlearn::train(spec, job, context, draft, &progress),
        StepSpec::Module(spec) => load::module(spec, job.root.as_deref(), draft),
        StepSpec::Load(spec) => load::load(spec, job.root.as_deref(), draft),
        StepSpec::Score(spec) => score::score(spec, context, draft, &progress),
        StepSpec::Select(spec) => select::select(spec, job.root.as_deref(), context, draft, &progress),
        StepSpec::Unlearn(spec) => unlearn::unlearn(spec, job, context, draft, &progress),
        StepSpec::Infer(spec) if !spec.losses.is_empty() => generate::losses(spec, context, draft),
        StepSpec::Generate(spec) => generate::generate(spec, context, draft, &progress),
        StepSpec::Judge(spec) => generate::judge(spec, context, draft),
        StepSpec::Infer(spec) => measure::infer(spec, context, draft),
        StepSpec::Measure(spec) => measure::measure(spec, context, draft, &progress),
    }
}
