use std::path::PathBuf;

use mu_diag::Problem;
use mu_numbers::verdicts;

use crate::session::Session;
use crate::store::StoreOption;
use crate::{Outcome, render};

#[derive(clap::Args)]
pub(crate) struct Claims {
    /// The file
    file: PathBuf,
    #[command(flatten)]
    store: StoreOption,
}

impl Claims {
    pub(crate) fn run(self) -> Result<Outcome, Problem> {
        let session = Session::open(&self.file, &self.store)?;
        let (text, hold) = verdicts(session.program(), &session.numbers());
        render::print(if text.is_empty() { "no claims\n" } else { &text });
        Ok(if hold { Outcome::Well } else { Outcome::Failed })
    }
}
