use mu_diag::Problem;

use crate::{Outcome, render};

/// The manual page.
#[derive(clap::Args)]
pub(crate) struct Man {}

impl Man {
    pub(crate) fn run(self, mu: clap::Command) -> Result<Outcome, Problem> {
        let mut text = Vec::new();
        clap_mangen::Man::new(mu)
            .render(&mut text)
            .map_err(|e| Problem::bug(format!("the manual page cannot be written into memory: {e}")))?;
        render::print(&String::from_utf8_lossy(&text));
        Ok(Outcome::Well)
    }
}
