use clap::CommandFactory;
use clap_complete::Shell;

use crate::{Arguments, Outcome, render};

/// Completions of a shell.
#[derive(clap::Args)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self) -> Outcome {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::command(), "mu", &mut text);
        render::print_bytes(&text);
        Outcome::Well
    }
}

/// The manual page.
#[derive(clap::Args)]
pub(crate) struct Man {}

impl Man {
    pub(crate) fn run(self) -> Outcome {
        let mut text = Vec::new();
        // Writing into memory cannot fail.
        let _ = clap_mangen::Man::new(Arguments::command()).render(&mut text);
        render::print(&String::from_utf8_lossy(&text));
        Outcome::Well
    }
}
