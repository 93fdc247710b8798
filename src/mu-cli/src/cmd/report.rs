use std::path::PathBuf;

use mu_diag::Problem;
use mu_page::{Page, page};

use crate::session::Session;
use crate::store::StoreOption;
use crate::{Outcome, disk, render};

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
    pub(crate) fn run(self) -> Result<Outcome, Problem> {
        let session = Session::open(&self.file, &self.store)?;
        let output = self.output.unwrap_or_else(|| self.file.with_extension("html"));
        let title = self.file.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        let there = session.store().keys();
        let graph = &session.plan().graph;
        let have = graph.keys().filter(|k| there.contains(k)).count();
        let imprint =
            format!("mu {}, {have} of {} steps in the store", env!("CARGO_PKG_VERSION"), graph.len());
        let texts = session.texts();
        let about = Page { title: &title, texts: &texts, imprint: &imprint };
        let help = "name a file that can be written with --output";
        let text = page(&about, session.program(), session.plan(), session.store())
            .map_err(|reason| disk::cannot_write(&output, reason, help))?;
        disk::write(&output, text.as_bytes(), help)?;
        render::print(&format!("{}\n", output.display()));
        Ok(Outcome::Well)
    }
}
