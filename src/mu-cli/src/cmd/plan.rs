use std::path::PathBuf;

use mu_run::{Batch, Bill};
use mu_store::Store;

use crate::disk::store_of;
use crate::workers::{Workers, duration};
use crate::{Outcome, StoreOption, load, render};

#[derive(clap::Args)]
pub(crate) struct Plan {
    /// The file
    file: PathBuf,
    /// List every step with its key
    #[arg(long)]
    steps: bool,
    /// Write the missing steps into a folder for `mu worker`, a file for each batch that can run after the one before it
    #[arg(long, value_name = "FOLDER")]
    tasks: Option<PathBuf>,
    /// Tasks of a batch at most
    #[arg(long, default_value_t = 16, requires = "tasks")]
    most: usize,
    #[command(flatten)]
    workers: Workers,
    #[command(flatten)]
    store: StoreOption,
}

impl Plan {
    pub(crate) fn run(self) -> Outcome {
        let store = Store::read_only(&store_of(&self.file, self.store.store.as_deref()));
        let Some(loaded) = load::plan_only(&self.file, &store) else { return Outcome::Bad };
        let (checked, plan) = (&loaded.checked, &loaded.plan);
        let stored = store.keys();
        let history = self.workers.history(&store);
        let said = |step: &mu_graph::Step| match history.estimate(step) {
            Some(found) => {
                let [low, high] = found.between.map(duration);
                let mut memory =
                    found.peak.map_or_else(String::new, |p| format!(", {:.1} GB", p as f64 / 1e9));
                if let Some(peak) = found.device_peak {
                    memory.push_str(&format!(" and {:.1} GB of the GPU's", peak as f64 / 1e9));
                }
                format!("~{} ({low} to {high}, of {} like it){memory}", duration(found.seconds), found.from)
            }
            None => "none like it yet".to_owned(),
        };
        let steps: Option<&dyn Fn(&mu_graph::Step) -> String> = if self.steps { Some(&said) } else { None };
        render::print(&mu_plan::render(&checked.program, plan, &|k| stored.contains(&k), steps));
        let missing = plan.missing(&|k| stored.contains(&k));
        let seats = self.workers.seats().len();
        render::print(&bill(&Bill::of(&plan.graph, &missing, &history, seats), missing.len(), seats));
        let Some(folder) = &self.tasks else { return Outcome::Well };
        // What the tasks make is needed until the file is run again.
        let kept = Store::open(store.root()).and_then(|store| store.keep(&loaded.root(&self.file)));
        if let Err(error) = kept {
            render::problem(&error.to_string(), "name a store that can be written with --store");
            return Outcome::Bad;
        }
        let cost = |key| plan.graph.get(key).map_or(0.0, |step| history.cost(step));
        let label = |key| plan.label(&checked.program, key);
        let batches = Batch::of(&plan.graph, &missing, self.most, &cost, &label);
        for (at, batch) in batches.iter().enumerate() {
            let path = folder.join(format!("{at:02}.json"));
            let written = serde_json::to_vec(batch).map_err(std::io::Error::other).and_then(|text| {
                std::fs::create_dir_all(folder)?;
                std::fs::write(&path, text)
            });
            if let Err(error) = written {
                render::problem(&format!("cannot write {}: {error}", path.display()), "name another folder");
                return Outcome::Bad;
            }
            render::print(&format!("{}: tasks 0 to {}\n", path.display(), batch.tasks.len() - 1));
        }
        Outcome::Well
    }
}

/// What is to come, in words: a line on time and memory, and one on how sure that is.
fn bill(bill: &Bill, missing: usize, workers: usize) -> String {
    let known = missing - bill.unknown.iter().map(|(_, count)| count).sum::<usize>();
    if known == 0 {
        return String::new();
    }
    let scale = if bill.work > 0.0 { bill.wall / bill.work } else { 1.0 };
    let [low, high] = bill.between.map(|seconds| duration(seconds * scale));
    let plural = if workers == 1 { "" } else { "s" };
    let mut out =
        format!("time: about {} on {workers} worker{plural} ({low} to {high})", duration(bill.wall));
    if let Some(peak) = bill.peak {
        out.push_str(&format!("; a step takes up to {:.1} GB of memory", peak as f64 / 1e9));
    }
    if let Some(peak) = bill.device_peak {
        out.push_str(&format!(" and {:.1} GB of the GPU's", peak as f64 / 1e9));
    }
    let unknown: Vec<String> = bill.unknown.iter().map(|(word, count)| format!("{count} {word}")).collect();
    let sure = match (unknown.is_empty(), bill.unsure) {
        (true, 0) => "sure: all steps have at least three like them in the store".to_owned(),
        (true, some) => {
            format!("unsure: {some} of {missing} steps have fewer than three like them in the store")
        }
        (false, some) => format!(
            "unsure: no step like {} is in the store, they are not counted; {some} others have fewer than three",
            unknown.join(", ")
        ),
    };
    format!("{out}\n      {sure}\n")
}
