use std::path::PathBuf;

use crate::{Outcome, load, render};

#[derive(clap::Args)]
pub(crate) struct Check {
    /// The files
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

impl Check {
    pub(crate) fn run(self) -> Outcome {
        let bad = self.files.iter().filter(|f| load::check(f).is_none()).count();
        if bad > 0 {
            return Outcome::Bad;
        }
        let n = self.files.len();
        render::print(&format!("{n} file{} checked, no errors\n", if n == 1 { "" } else { "s" }));
        Outcome::Well
    }
}
