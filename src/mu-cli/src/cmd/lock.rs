use std::path::PathBuf;

use mu_diag::Problem;

use crate::lockfile::{beside, current};
use crate::session::Session;
use crate::store::StoreOption;
use crate::{Outcome, disk, render};

/// Write down what a file's tables are now, and from what, for `mu verify`: NAME.mu.lock beside it.
#[derive(clap::Args)]
pub(crate) struct LockCommand {
    /// The file
    file: PathBuf,
    #[command(flatten)]
    store: StoreOption,
}

impl LockCommand {
    pub(crate) fn run(self) -> Result<Outcome, Problem> {
        let session = Session::open(&self.file, &self.store)?;
        let there = session.store().keys();
        let missing = session.plan().missing(&|k| there.contains(&k)).len();
        if missing > 0 || session.plan().is_partial() {
            let message = format!("{missing} steps of {} are not computed yet", self.file.display());
            return Err(Problem::new(message, "`mu run` computes them; then lock what it gave"));
        }
        let path = beside(&self.file);
        let text = serde_json::to_string_pretty(&current(&session))
            .map_err(|e| Problem::bug(format!("the lock cannot be written as JSON: {e}")))?;
        disk::write(&path, (text + "\n").as_bytes(), "make the folder writable")?;
        render::print(&format!("{}\n", path.display()));
        Ok(Outcome::Well)
    }
}
