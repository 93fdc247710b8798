use clap_complete::Shell;
use mu_diag::Problem;

use crate::{Outcome, render};

/// Completions of a shell.
#[derive(clap::Args)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self, mut mu: clap::Command) -> Result<Outcome, Problem> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut mu, "mu", &mut text);
        render::print_bytes(&text);
        Ok(Outcome::Well)
    }
}
