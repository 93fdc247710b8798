use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use mu_check::{Point, Program};
use mu_diag::{Code, Diagnostic, Problem};
use mu_numbers::{Unwell, results_of, unwell, verdicts};
use mu_run::slurm::Submission;
use mu_run::{Batch, Engine, Options, RunEvent, Stop, Summary};
use mu_step::{FailureKind, StepKey, StepSpec};
use mu_store::Store;
use mu_table::{Format, tables};

use crate::points::points;
use crate::progress::{self, Progress};
use crate::session::{Purpose, Session};
use crate::store::StoreOption;
use crate::workers::Workers;
use crate::{Outcome, render};

/// Runs a file, or some of its points: `mu run 'EXPERIMENT[axis=value, ..]' FILE` runs the points that are so, and prints their numbers.
/// Axes that are not named are run whole.
#[derive(clap::Args)]
#[command(override_usage = "mu run [OPTIONS] ['EXPERIMENT[axis=value, ..]'] <FILE>")]
pub(crate) struct Run {
    /// The points that are run alone, and the file
    #[arg(value_name = "POINTS] [FILE", num_args = 1..=2, required = true)]
    what: Vec<PathBuf>,
    #[command(flatten)]
    workers: Workers,
    /// How often a step is tried again after its worker crashed
    #[arg(long, default_value_t = 1)]
    retries: usize,
    /// Where steps run: on this machine, or as job arrays of Slurm
    #[arg(long, value_enum, default_value_t = On::Here)]
    on: On,
    /// Options for sbatch, such as "--partition=gpu --gres=gpu:1 --time=4:00:00"
    #[arg(long, value_name = "OPTIONS", default_value = "", allow_hyphen_values = true)]
    slurm: String,
    /// Tasks of a job array at most
    #[arg(long, default_value_t = 16)]
    tasks: usize,
    /// Run again the steps that diverged in an earlier run
    #[arg(long)]
    retry_failed: bool,
    /// Tell each finished step, also where there is no terminal
    #[arg(long, short)]
    verbose: bool,
    /// What is printed: tables and claims, or each event of the run as a line of JSON
    #[arg(long, value_enum, default_value_t = Output::Text)]
    format: Output,
    #[command(flatten)]
    store: StoreOption,
}

/// Where steps run.
#[derive(Clone, Copy, PartialEq, clap::ValueEnum)]
enum On {
    Here,
    Slurm,
}

/// Where a run says what.
#[derive(Clone, Copy, PartialEq, clap::ValueEnum)]
enum Output {
    Text,
    Json,
}

impl Run {
    pub(crate) fn run(self) -> Result<Outcome, Problem> {
        let stop = Stop::default();
        let requested = stop.clone();
        // Ctrl-C, and what Slurm and others send before they cut a job off. A second one must work in any state.
        let _ = ctrlc::set_handler(move || {
            if requested.request() > 2 {
                std::process::exit(130);
            }
        });
        let file = self.file();
        let mut session = Session::open_to(Purpose::Run, file, &self.store)?;
        let only = self.only(&session)?;
        let store = Store::open(session.store().root()).map_err(unusable)?;
        store.sweep_drafts();
        let mut kept = store.keep(&session.root()?).map_err(unusable)?;
        let begun = Instant::now();
        let mut total = Summary::default();
        // Parameters that are tuned take a plan of their own: what it yields decides the next one.
        let bad = loop {
            let damaged = verify(&store, &session).map_err(unusable)?;
            let wanted = Wanted { only: only.as_ref(), damaged: &damaged };
            let summary = match self.on {
                On::Here => self.steps(&session, wanted, &store, &stop)?,
                On::Slurm => self.on_slurm(&session, wanted, &store, &stop)?,
            };
            let bad = bad_input(&summary, &session);
            let stuck = summary.ran + summary.found == 0 || summary.left > 0;
            total.left = summary.left;
            total.found += summary.found;
            total.ran += summary.ran;
            total.blocked += summary.blocked;
            total.failed.extend(summary.failed);
            if !session.plan().is_partial() || stuck || !bad.is_empty() {
                break bad;
            }
            session.again()?;
            kept.again(&session.root()?).map_err(unusable)?;
        };
        let program = session.program();
        if self.format == Output::Json {
            progress::say(&serde_json::json!({ "event": "ended", "summary": total }));
        } else if total.left == 0 {
            let numbers = session.numbers();
            match &only {
                Some(only) => {
                    let wanted = |e: usize, p: Point| e == only.experiment && only.is_in(program, p);
                    render::print(&results_of(program, &numbers, &wanted).text());
                }
                None => {
                    render::print(&tables(program, &numbers, None, Format::Text));
                    render::print(&verdicts(program, &numbers).0);
                }
            }
        }
        tell(&total, session.plan().graph.len(), begun.elapsed().as_secs_f64());
        if !bad.is_empty() {
            return Err(Problem::found(bad, session.checked().sources.clone()));
        }
        if total.left > 0 {
            render::eprint("stopped; the same command goes on from here");
            return Ok(Outcome::Stopped);
        }
        let all = total.failed.is_empty() && total.blocked == 0;
        Ok(if all { Outcome::Well } else { Outcome::Failed })
    }

    /// The file that is run.
    fn file(&self) -> &Path {
        // There is one at least: the parser sees to it.
        self.what.last().map_or(Path::new(""), PathBuf::as_path)
    }

    /// The points that are run alone, where some are named.
    fn only(&self, session: &Session) -> Result<Option<Only>, Problem> {
        let [named, _] = &self.what[..] else { return Ok(None) };
        let (experiment, points) = points(session.checked(), &named.to_string_lossy())?;
        let found = session.program().experiments.iter().position(|e| e.name == experiment.name);
        let nowhere = || Problem::bug(format!("`{}` is an experiment of no program", experiment.name));
        Ok(Some(Only { experiment: found.ok_or_else(nowhere)?, points }))
    }

    /// Runs what a plan misses.
    fn steps(
        &self,
        session: &Session,
        wanted: Wanted<'_>,
        store: &Store,
        stop: &Stop,
    ) -> Result<Summary, Problem> {
        let history = self.workers.history(store);
        let (program, plan) = (session.program(), session.plan());
        let cost = |key| plan.graph.get(key).map_or(0.0, |step| history.cost(step));
        let has = store.keys();
        let missing = wanted.missing(session, &|k| has.contains(&k));
        let options = Options {
            wanted: missing.clone(),
            seats: self.workers.seats(),
            threads: self.workers.threads(),
            retries: self.retries,
            again: self.retry_failed,
            mps: self.workers.mps,
            limits: self.workers.limits(),
            bookmark: self.workers.bookmark,
            stop: stop.clone(),
            cost: &cost,
            needs: &|key| plan.graph.get(key).map(|step| history.needs(step)).unwrap_or_default(),
            available: self.workers.available(),
        };
        let json = self.format == Output::Json;
        let mut progress = Progress::new(program, plan, (self.verbose, json), &cost);
        progress.expect(&missing);
        let mut said = HashSet::new();
        let mut observe = |event: &RunEvent| {
            progress.show(event);
            // A model that learned nothing makes every number that follows worthless: better said at once.
            let RunEvent::Finished { key, .. } = event else { return };
            for Unwell { model, text } in unwell(program, plan, store, *key) {
                if said.insert(model) {
                    progress.show(&RunEvent::Warning { key: model, message: text });
                }
            }
        };
        let ended = Engine::find(store.root())
            .and_then(|engine| mu_run::run(&plan.graph, store, &engine, &options, &mut observe));
        progress.finish();
        ended
    }
}

impl Run {
    /// Has Slurm run what a plan misses, and follows it.
    fn on_slurm(
        &self,
        session: &Session,
        wanted: Wanted<'_>,
        store: &Store,
        stop: &Stop,
    ) -> Result<Summary, Problem> {
        let plan = session.plan();
        let still_missing = || {
            let has = store.keys();
            wanted.missing(session, &|k| has.contains(&k))
        };
        let first = still_missing();
        let mut left = first.clone();
        let mut summary = Summary::default();
        // As often as steps that crashed here: what a node took with it is submitted again.
        for round in 0..=self.retries {
            // Steps that failed in this run stay so, and what needs them cannot run; of earlier runs' failures, as here, those
            // that would be the same again.
            let again = |kind| round == 0 && (self.retry_failed || kind != FailureKind::Diverged);
            let lost = |key: StepKey| store.failure(key).is_some_and(|f| !again(f.kind));
            left = plan.graph.without(left, &lost);
            if left.is_empty() {
                break;
            }
            let submission = match Submission::earlier(store)? {
                Some(earlier) => earlier,
                None => self.submit(session, store, &left)?,
            };
            let ids = submission.ids.join(", ");
            render::eprint(&format!(
                "slurm: {} tasks in job arrays {ids}; logs in {}",
                submission.tasks,
                Submission::logs(store).display()
            ));
            let mut told = Instant::now();
            loop {
                let waiting = submission.waiting()?;
                if waiting == 0 {
                    break;
                }
                if stop.requests() > 0 {
                    render::eprint(&format!(
                        "the jobs go on; the same command follows them again, `scancel {}` ends them",
                        submission.ids.join(" ")
                    ));
                    summary.left = still_missing().len();
                    return Ok(summary);
                }
                if told.elapsed() > Duration::from_secs(30) {
                    told = Instant::now();
                    let done = first.len() - still_missing().len();
                    render::eprint(&format!("{done}/{} steps, {waiting} tasks in the queue", first.len()));
                }
                std::thread::sleep(Duration::from_secs(1));
            }
            left = still_missing();
        }
        for key in &left {
            match store.failure(*key) {
                Some(failure) => summary.failed.push((*key, failure)),
                None => summary.blocked += 1,
            }
        }
        summary.ran = first.len() - left.len();
        Ok(summary)
    }

    fn submit(&self, session: &Session, store: &Store, left: &[StepKey]) -> Result<Submission, Problem> {
        let history = self.workers.history(store);
        let (program, plan) = (session.program(), session.plan());
        let cost = |key| plan.graph.get(key).map_or(0.0, |step| history.cost(step));
        let label = |key| plan.label(program, key);
        let batches = Batch::of(&plan.graph, left, self.tasks, &cost, &label);
        let options: Vec<String> = self.slurm.split_whitespace().map(str::to_owned).collect();
        let mut more = self.workers.arguments();
        more.extend(self.retry_failed.then(|| "--retry-failed".to_owned()));
        Submission::new(store, &batches, &options, &more)
    }
}

/// Points that are run alone.
struct Only {
    /// The experiment's place in the program.
    experiment: usize,
    /// Those that were asked for, tuned parameters at every candidate.
    points: Vec<Point>,
}

impl Only {
    fn is_in(&self, program: &Program, p: Point) -> bool {
        let experiment = &program.experiments[self.experiment];
        self.points.iter().any(|wanted| experiment.index(*wanted) == experiment.index(p))
    }
}

/// What a run is to make.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    /// These points alone.
    only: Option<&'a Only>,
    /// What was damaged and is read by tables: without it, what they say below would be missing.
    damaged: &'a [StepKey],
}

impl Wanted<'_> {
    /// What is to run: all that is missing, or what some points miss. What parameters are tuned by is run first, whatever was asked for.
    fn missing(&self, session: &Session, has: &dyn Fn(StepKey) -> bool) -> Vec<StepKey> {
        let (plan, program) = (session.plan(), session.program());
        let read = match self.only {
            Some(only) if !plan.is_partial() => {
                let reported = plan.targets[only.experiment].points.iter();
                let points: Vec<Point> = reported.copied().filter(|p| only.is_in(program, *p)).collect();
                plan.keys_of(program, only.experiment, &points)
            }
            _ => plan.wanted_keys().collect(),
        };
        plan.graph.missing(read.into_iter().chain(self.damaged.iter().copied()), has)
    }
}

fn unusable(error: mu_store::StoreError) -> Problem {
    Problem::new(error, "free or repair that folder, or name another with --store or MU_STORE")
}

/// Sets aside what is damaged of what a plan may read. Gives what tables read of it: numbers, what is said of forget sets, and what is
/// known of models. The rest is made again where something needs it.
fn verify(store: &Store, session: &Session) -> Result<Vec<StepKey>, mu_store::StoreError> {
    let plan = session.plan();
    let keys: Vec<_> = plan.graph.keys().filter(|k| store.contains(*k)).collect();
    let mut read = Vec::new();
    for (key, error) in store.quarantine_damaged(&keys)? {
        let spec = &plan.graph[key].spec;
        let (word, label) = (spec.word(), plan.label(session.program(), key));
        let by_tables = matches!(spec, StepSpec::Select(_) | StepSpec::Infer(_) | StepSpec::Measure(_));
        let then = if by_tables { "computing" } else { "where something needs it, mu computes" };
        render::eprint(&format!("warning: {error}; set aside, {then} {word} {label} again"));
        read.extend(by_tables.then_some(key));
    }
    Ok(read)
}

fn tell(summary: &Summary, planned: usize, seconds: f64) {
    let mut parts = vec![format!("{} steps ran", summary.ran)];
    let kept = planned.saturating_sub(summary.ran + summary.failed.len() + summary.blocked + summary.left);
    parts.push(format!("{kept} were in the store or not needed"));
    if !summary.failed.is_empty() {
        parts.push(format!("{} failed", summary.failed.len()));
    }
    if summary.blocked > 0 {
        parts.push(format!("{} could not run", summary.blocked));
    }
    if summary.left > 0 {
        parts.push(format!("{} are left", summary.left));
    }
    render::eprint(&format!("{} ({seconds:.1} s)", parts.join(", ")));
}

/// Data that are not what the file says, and a store that cannot be written, are bad input; anything else is a failed point.
fn bad_input(summary: &Summary, session: &Session) -> Vec<Diagnostic> {
    let bad = |kind| matches!(kind, FailureKind::BadData | FailureKind::Store);
    let failed = summary.failed.iter().filter(|(_, f)| bad(f.kind));
    failed
        .filter_map(|(key, failure)| {
            let span = session.plan().requested_by(*key)?.span(session.program())?;
            Some(Diagnostic::error(Code::BadData, span, failure.message.clone()))
        })
        .collect()
}
