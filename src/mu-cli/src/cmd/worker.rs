use std::path::PathBuf;

use mu_run::{Batch, Engine, Options, RunEvent, Stop};
use mu_store::{Root, Store};

use crate::disk::store_of;
use crate::workers::Workers;
use crate::{Outcome, StoreOption, render};

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
    pub(crate) fn run(self) -> Outcome {
        self.work().unwrap_or_else(|(message, help)| {
            render::problem(&message, &help);
            Outcome::Bad
        })
    }

    fn work(self) -> Result<Outcome, (String, String)> {
        let asked =
            || "give a file that `mu run --on slurm` or `mu plan --tasks` wrote, and a task of it".to_owned();
        let name = self.file.display();
        let text = mu_file::bytes(&self.file, mu_file::TEXT)
            .map_err(|e| (format!("cannot read {name}: {e}"), asked()))?;
        let batch: Batch = serde_json::from_slice(&text)
            .map_err(|e| (format!("{name} is no file of steps: {e}"), asked()))?;
        let count = batch.tasks.len();
        let task = batch.tasks.into_iter().nth(self.task);
        let task = task.ok_or_else(|| (format!("{name} has {count} tasks, numbered from 0"), asked()))?;
        if let Some((job, label)) = task.jobs.iter().find(|(job, _)| job.spec.key() != job.key) {
            let key = job.key.short();
            return Err((format!("{name} was changed: {label} is not the step of its key {key}"), asked()));
        }
        let root = store_of(&self.file, self.store.store.as_deref());
        let store =
            Store::open(&root).map_err(|e| (e.to_string(), "name a store with --store".to_owned()))?;
        // Its own steps and what they read; the file that they are of was kept by who planned them.
        let keys = task.jobs.iter().flat_map(|(job, _)| job.spec.inputs().into_iter().chain([job.key]));
        let root = Root { keys: keys.collect(), ..Root::default() };
        let writable = "name a store that can be written with --store";
        let _kept = store.keep(&root).map_err(|e| (e.to_string(), writable.to_owned()))?;
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
        let engine = Engine::find(store.root()).map_err(|e| (e.message, e.help))?;
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
        let ended =
            mu_run::run(&graph, &store, &engine, &options, &mut tell).map_err(|e| (e.message, e.help))?;
        Ok(match (ended.left, ended.failed.is_empty()) {
            (0, true) => Outcome::Well,
            (0, false) => Outcome::Failed,
            _ => Outcome::Stopped,
        })
    }
}
