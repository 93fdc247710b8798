use std::path::PathBuf;

use mu_page::{Page, page};
use mu_store::Store;

use crate::disk::store_of;
use crate::{Outcome, StoreOption, load, render};

#[derive(clap::Args)]
pub(crate) struct Report {
    /// The file
    file: PathBuf,
    /// The page [default: NAME.html beside the file]
    #[arg(long, short)]
    output: Option<PathBuf>,
    #[command(flatten)]
    store: StoreOption,
}

impl Report {
    pub(crate) fn run(self) -> Outcome {
        let store = Store::read_only(&store_of(&self.file, self.store.store.as_deref()));
        let Some(loaded) = load::plan(&self.file, &store) else { return Outcome::Bad };
        let output = self.output.unwrap_or_else(|| self.file.with_extension("html"));
        let title = self.file.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        let there = store.keys();
        let graph = &loaded.plan.graph;
        let have = graph.keys().filter(|k| there.contains(k)).count();
        let imprint =
            format!("mu {}, {have} of {} steps in the store", env!("CARGO_PKG_VERSION"), graph.len());
        let texts = loaded.texts();
        let about = Page { title: &title, texts: &texts, imprint: &imprint };
        let written = page(&about, &loaded.checked.program, &loaded.plan, &store)
            .and_then(|text| std::fs::write(&output, text).map_err(|e| e.to_string()));
        match written {
            Ok(()) => {
                render::print(&format!("{}\n", output.display()));
                Outcome::Well
            }
            Err(reason) => {
                let message = format!("cannot write {}: {reason}", output.display());
                render::problem(&message, "name a file that can be written with --output");
                Outcome::Bad
            }
        }
    }
}
