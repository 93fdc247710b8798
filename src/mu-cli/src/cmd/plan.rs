use std::path::PathBuf;

use mu_diag::Problem;
use mu_run::{Batch, Bill};
use mu_store::Store;

use crate::session::{Purpose, Session};
use crate::store::StoreOption;
use crate::units::duration;
use crate::workers::Workers;
use crate::{Outcome, disk, render};

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
    pub(crate) fn run(self) -> Result<Outcome, Problem> {
        let session = Session::open_to(Purpose::Plan, &self.file, &self.store)?;
        let (program, plan, store) = (session.program(), session.plan(), session.store());
        let stored = store.keys();
        let history = self.workers.history(store);
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
        render::print(&mu_plan::render(program, plan, &|k| stored.contains(&k), steps));
        let missing = plan.missing(&|k| stored.contains(&k));
        let seats = self.workers.seats().len();
        render::print(&bill(&Bill::of(&plan.graph, &missing, &history, seats), missing.len(), seats));
        let Some(folder) = &self.tasks else { return Ok(Outcome::Well) };
        // What the tasks make is needed until the file is run again.
        let root = session.root()?;
        let _kept = Store::open(store.root())
            .and_then(|store| store.keep(&root))
            .map_err(|e| Problem::new(e, "name a store that can be written with --store"))?;
        let cost = |key| plan.graph.get(key).map_or(0.0, |step| history.cost(step));
        let label = |key| plan.label(program, key);
        let batches = Batch::of(&plan.graph, &missing, self.most, &cost, &label);
        for (at, batch) in batches.iter().enumerate() {
            let path = folder.join(format!("{at:02}.json"));
            let text = serde_json::to_vec(batch)
                .map_err(|e| Problem::bug(format!("steps cannot be written as JSON: {e}")))?;
            std::fs::create_dir_all(folder)
                .map_err(|e| disk::cannot_write(&path, e, "name another folder"))?;
            disk::write(&path, &text, "name another folder")?;
            render::print(&format!("{}: tasks 0 to {}\n", path.display(), batch.tasks.len() - 1));
        }
        Ok(Outcome::Well)
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
