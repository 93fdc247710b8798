use std::path::PathBuf;

use mu_diag::Problem;
use mu_run::{Batch, Engine, Options, RunEvent, Stop};
use mu_store::{Root, Store};

use crate::store::StoreOption;
use crate::workers::Workers;
use crate::{Outcome, render};

/// Runs the steps of a file that `mu run --on slurm` or `mu plan --tasks` wrote: for schedulers of any kind.
#[derive(clap::Args)]
pub(crate) struct Worker {
    /// The file of steps
    file: PathBuf,
    /// Which of its tasks, from 0
    #[arg(long, default_value_t = 0)]
    task: usize,
    /// Run again the steps that diverged in an earlier run
    #[arg(long)]
    retry_failed: bool,
    #[command(flatten)]
    workers: Workers,
    #[command(flatten)]
    store: StoreOption,
}

impl Worker {
    pub(crate) fn run(self) -> Result<Outcome, Problem> {
        let asked = |what: String| {
            let help = "give a file that `mu run --on slurm` or `mu plan --tasks` wrote, and a task of it";
            Problem::new(what, help)
        };
        let name = self.file.display();
        let text = mu_file::bytes(&self.file, mu_file::TEXT)
            .map_err(|e| asked(format!("cannot read {name}: {e}")))?;
        let batch: Batch =
            serde_json::from_slice(&text).map_err(|e| asked(format!("{name} is no file of steps: {e}")))?;
        let count = batch.tasks.len();
        let task = batch.tasks.into_iter().nth(self.task);
        let task = task.ok_or_else(|| asked(format!("{name} has {count} tasks, numbered from 0")))?;
        if let Some((job, label)) = task.jobs.iter().find(|(job, _)| job.spec.key() != job.key) {
            let key = job.key.short();
            return Err(asked(format!("{name} was changed: {label} is not the step of its key {key}")));
        }
        let store = Store::open(&self.store.of(&self.file))
            .map_err(|e| Problem::new(e, "name a store with --store"))?;
        // Its own steps and what they read; the file that they are of was kept by who planned them.
        let keys = task.jobs.iter().flat_map(|(job, _)| job.spec.inputs().into_iter().chain([job.key]));
        let root = Root { keys: keys.collect(), ..Root::default() };
        let writable = "name a store that can be written with --store";
        let _kept = store.keep(&root).map_err(|e| Problem::new(e, writable))?;
        let stop = Stop::default();
        let requested = stop.clone();
        let _ = ctrlc::set_handler(move || {
            requested.request();
        });
        let graph = task.graph();
        let history = self.workers.history(&store);
        let cost = |key| graph.get(key).map_or(0.0, |step| history.cost(step));
        let options = Options {
            wanted: graph.keys().collect(),
            seats: self.workers.seats(),
            threads: self.workers.threads(),
            retries: 1,
            again: self.retry_failed,
            mps: self.workers.mps,
            limits: self.workers.limits(),
            bookmark: self.workers.bookmark,
            stop,
            cost: &cost,
            needs: &|key| graph.get(key).map(|step| history.needs(step)).unwrap_or_default(),
            available: self.workers.available(),
        };
        let engine = Engine::find(store.root())?;
        let label =
            |key| task.jobs.iter().find(|(job, _)| job.key == key).map_or("", |(_, label)| label.as_str());
        let mut tell = |event: &RunEvent| match event {
            RunEvent::Finished { key, seconds, .. } => {
                render::eprint(&format!("✓ {}  {seconds:.1} s", label(*key)))
            }
            RunEvent::Failed { key, failure } => {
                render::eprint(&format!("✗ {}  {}: {}", label(*key), failure.kind.word(), failure.message));
            }
            RunEvent::Warning { key, message } => render::eprint(&format!("⚠ {}  {message}", label(*key))),
            RunEvent::Stopped { key } => render::eprint(&format!("‖ {}  keeps how far it is", label(*key))),
            _ => {}
        };
        let ended = mu_run::run(&graph, &store, &engine, &options, &mut tell)?;
        Ok(match (ended.left, ended.failed.is_empty()) {
            (0, true) => Outcome::Well,
            (0, false) => Outcome::Failed,
            _ => Outcome::Stopped,
        })
    }
}
