use std::path::PathBuf;

use mu_store::Store;

use crate::disk::store_of;
use crate::{Outcome, StoreOption, load, render};

#[derive(clap::Args)]
pub(crate) struct Plan {
    /// The file
    file: PathBuf,
    /// List every step with its key
    #[arg(long)]
    steps: bool,
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
        Outcome::Well
    }
}
