use std::path::PathBuf;

use mu_run::Bill;
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
        render::print(&mu_plan::render(&checked.program, plan, &|k| stored.contains(&k), self.steps));
        let history = self.workers.history(&store);
        let missing = plan.missing(&|k| stored.contains(&k));
        let seats = self.workers.seats().len();
        render::print(&bill(&Bill::of(plan, &missing, &history, seats), missing.len(), seats));
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
