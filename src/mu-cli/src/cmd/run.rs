use std::path::PathBuf;
use std::time::Instant;

use mu_diag::{Code, Diagnostic};
use mu_plan::Plan;
use mu_report::{Format, Measurements};
use mu_run::{Engine, EngineError, Options, Summary};
use mu_step::FailureKind;
use mu_store::Store;

use super::claims::claims;
use super::table::tables;
use crate::disk::store_of;
use crate::load::Loaded;
use crate::progress::Progress;
use crate::{Outcome, StoreOption, load, render};

#[derive(clap::Args)]
pub(crate) struct Run {
    /// The file
    file: PathBuf,
    /// Worker processes [default: one per core]
    #[arg(long, short)]
    jobs: Option<usize>,
    /// Threads of each worker; the bits of results depend on it
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    threads: u16,
    /// Where steps run: auto, cpu, cuda:0, …
    #[arg(long, default_value = "auto")]
    device: String,
    /// How often a step is tried again after its worker crashed
    #[arg(long, default_value_t = 0)]
    retries: usize,
    /// Run again the steps that diverged in an earlier run
    #[arg(long)]
    retry_failed: bool,
    /// Tell each finished step, also where there is no terminal
    #[arg(long, short)]
    verbose: bool,
    #[command(flatten)]
    store: StoreOption,
}

impl Run {
    pub(crate) fn run(self) -> Outcome {
        let root = store_of(&self.file, self.store.store.as_deref());
        let Some(mut loaded) = load::plan(&self.file, &Store::read_only(&root)) else { return Outcome::Bad };
        let store = match Store::open(&root) {
            Ok(store) => store,
            Err(error) => return unusable(&error),
        };
        store.sweep_drafts();
        let begun = Instant::now();
        let mut total = Summary::default();
        // Parameters that are tuned take a plan of their own: what it yields decides the next one.
        let bad = loop {
            if let Err(error) = verify(&store, &loaded) {
                return unusable(&error);
            }
            let summary = match self.steps(&loaded, &store) {
                Ok(summary) => summary,
                Err(error) => {
                    render::problem(&error.message, &error.help);
                    return Outcome::Bad;
                }
            };
            let bad = bad_input(&summary, &loaded);
            let stuck = summary.ran == 0;
            total.ran += summary.ran;
            total.blocked += summary.blocked;
            total.failed.extend(summary.failed);
            if !loaded.plan.is_partial() || stuck || !bad.is_empty() {
                break bad;
            }
            loaded.again(&store);
        };
        let program = &loaded.checked.program;
        let measurements = Measurements::read(program, &loaded.plan, &store);
        render::print(&tables(program, &measurements, None, Format::Text));
        render::print(&claims(program, &measurements).0);
        tell(&total, &loaded.plan, begun.elapsed().as_secs_f64());
        if !bad.is_empty() {
            render::diagnostics(&bad, &loaded.checked.sources);
            return Outcome::Bad;
        }
        if total.failed.is_empty() && total.blocked == 0 { Outcome::Well } else { Outcome::Failed }
    }

    /// Runs what a plan misses.
    fn steps(&self, loaded: &Loaded, store: &Store) -> Result<Summary, EngineError> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let options = Options {
            jobs: self.jobs.unwrap_or(cores / usize::from(self.threads)).max(1),
            threads: usize::from(self.threads),
            retries: self.retries,
            again: self.retry_failed,
        };
        let mut progress = Progress::new(&loaded.checked.program, &loaded.plan, self.verbose);
        let ended = Engine::find(store.root(), &self.device).and_then(|engine| {
            mu_run::run(&loaded.plan, store, &engine, &options, &mut |event| progress.show(event))
        });
        progress.finish();
        ended
    }
}

fn unusable(error: &mu_store::StoreError) -> Outcome {
    let help = "free or repair that folder, or name another with --store or MU_STORE";
    render::problem(&error.to_string(), help);
    Outcome::Bad
}

/// Sets aside what is damaged of what a plan may read.
fn verify(store: &Store, loaded: &Loaded) -> Result<(), mu_store::StoreError> {
    let plan = &loaded.plan;
    let keys: Vec<_> = plan.steps.keys().copied().filter(|k| store.contains(*k)).collect();
    for (key, error) in store.quarantine_damaged(&keys)? {
        let step = &plan.steps[&key];
        let label = step.place.label(&loaded.checked.program);
        render::eprint(&format!("warning: {error}; set aside, computing {} {label} again", step.spec.word()));
    }
    Ok(())
}

fn tell(summary: &Summary, plan: &Plan, seconds: f64) {
    let mut parts = vec![format!("{} steps ran", summary.ran)];
    let kept = plan.steps.len() - summary.ran - summary.failed.len() - summary.blocked;
    parts.push(format!("{kept} were in the store or not needed"));
    if !summary.failed.is_empty() {
        parts.push(format!("{} failed", summary.failed.len()));
    }
    if summary.blocked > 0 {
        parts.push(format!("{} could not run", summary.blocked));
    }
    render::eprint(&format!("{} ({seconds:.1} s)", parts.join(", ")));
}

/// Data that are not what the file says, and a store that cannot be written, are bad input; anything else is a failed point.
fn bad_input(summary: &Summary, loaded: &Loaded) -> Vec<Diagnostic> {
    let bad = |kind| matches!(kind, FailureKind::BadData | FailureKind::Store);
    let failed = summary.failed.iter().filter(|(_, f)| bad(f.kind));
    failed
        .filter_map(|(key, failure)| {
            let span = loaded.plan.steps.get(key)?.place.span(&loaded.checked.program)?;
            Some(Diagnostic::error(Code::BadData, span, failure.message.clone()))
        })
        .collect()
}
