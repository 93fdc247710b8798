use std::path::PathBuf;
use std::time::Instant;

use mu_check::Checked;
use mu_diag::{Code, Diagnostic};
use mu_plan::Plan;
use mu_report::{Format, Measurements};
use mu_run::{Engine, Options, Summary};
use mu_step::FailureKind;
use mu_store::Store;

use super::table::tables;
use crate::disk::store_of;
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
        let Some((checked, plan)) = load::plan(&self.file) else { return Outcome::Bad };
        let root = store_of(&self.file, self.store.store.as_deref());
        let store = match prepare(&root, &plan) {
            Ok(store) => store,
            Err(error) => {
                render::problem(
                    &error.to_string(),
                    "free or repair that folder, or name another with --store or MU_STORE",
                );
                return Outcome::Bad;
            }
        };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let options = Options {
            jobs: self.jobs.unwrap_or(cores / usize::from(self.threads)).max(1),
            threads: usize::from(self.threads),
            retries: self.retries,
            again: self.retry_failed,
        };
        let begun = Instant::now();
        let mut progress = Progress::new(&plan, self.verbose);
        let ended = Engine::find(store.root(), &self.device).and_then(|engine| {
            mu_run::run(&plan, &store, &engine, &options, &mut |event| progress.show(event))
        });
        progress.finish();
        let summary = match ended {
            Ok(summary) => summary,
            Err(error) => {
                render::problem(&error.message, &error.help);
                return Outcome::Bad;
            }
        };
        let measurements = Measurements::read(&checked.program, &plan, &store);
        render::print(&tables(&checked.program, &measurements, None, Format::Text));
        tell(&summary, &plan, begun.elapsed().as_secs_f64());
        outcome(&summary, &checked, &plan)
    }
}

/// Opens the store and sets aside what is damaged of what the plan may read.
fn prepare(root: &std::path::Path, plan: &Plan) -> Result<Store, mu_store::StoreError> {
    let store = Store::open(root)?;
    store.sweep_drafts();
    let keys: Vec<_> = plan.steps.keys().copied().filter(|k| store.contains(*k)).collect();
    for (key, error) in store.quarantine_damaged(&keys)? {
        let step = &plan.steps[&key];
        render::eprint(&format!(
            "warning: {error}; set aside, computing {} {} again",
            step.spec.word(),
            step.label
        ));
    }
    Ok(store)
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
fn outcome(summary: &Summary, checked: &Checked, plan: &Plan) -> Outcome {
    let mut bad = Vec::new();
    for (key, failure) in &summary.failed {
        if matches!(failure.kind, FailureKind::BadData | FailureKind::Store) {
            bad.push(Diagnostic::error(Code::BadData, plan.steps[key].span, failure.message.clone()));
        }
    }
    if !bad.is_empty() {
        render::diagnostics(&bad, &checked.sources);
        return Outcome::Bad;
    }
    if summary.failed.is_empty() && summary.blocked == 0 { Outcome::Well } else { Outcome::Failed }
}
