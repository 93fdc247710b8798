//! `mu`: parses the command line, calls one command, maps its outcome to an exit code.

mod cmd;
mod disk;
mod load;
mod progress;
mod render;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A language for machine-unlearning experiments.
#[derive(Parser)]
#[command(
    name = "mu",
    version,
    after_help = "Exit codes: 0 all well · 1 a point failed, or `fmt --check` found work · 2 bad input or environment"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Report every mistake in files, without running anything
    Check(cmd::check::Check),
    /// Write files in their canonical form
    Fmt(cmd::fmt::Fmt),
    /// Show the axes, the points, the steps, what the store has, and what would run
    Plan(cmd::plan::Plan),
    /// Run what is missing, then print the tables
    Run(cmd::run::Run),
    /// Print tables from what the store has
    Table(cmd::table::Table),
    /// Draw figures from what the store has
    Figure(cmd::figure::Figure),
    /// Say of each claim whether the numbers bear it out; exits with 1 unless all do
    Claims(cmd::claims::Claims),
    /// Print every number in long form: a row per point and metric, a column per axis
    Results(cmd::results::Results),
}

/// How a command ended.
pub(crate) enum Outcome {
    /// 0
    Well,
    /// 1: a point failed, or a check said no.
    Failed,
    /// 2: bad input or environment, already reported.
    Bad,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Well => ExitCode::SUCCESS,
            Outcome::Failed => ExitCode::from(1),
            Outcome::Bad => ExitCode::from(2),
        }
    }
}

/// Where results are kept.
#[derive(clap::Args)]
pub(crate) struct StoreOption {
    /// The store [default: .mu at the root of the file's git checkout, or beside the file; or MU_STORE]
    #[arg(long, value_name = "FOLDER")]
    store: Option<PathBuf>,
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Check(c) => c.run(),
        Command::Fmt(c) => c.run(),
        Command::Plan(c) => c.run(),
        Command::Run(c) => c.run(),
        Command::Table(c) => c.run(),
        Command::Figure(c) => c.run(),
        Command::Claims(c) => c.run(),
        Command::Results(c) => c.run(),
    };
    outcome.into()
}
