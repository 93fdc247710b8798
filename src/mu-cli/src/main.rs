//! `mu`: parses the command line, calls one command, maps its outcome to an exit code.

mod cmd;
mod disk;
mod load;
mod place;
mod progress;
mod render;
mod report;
mod workers;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A language for machine-unlearning experiments.
#[derive(Parser)]
#[command(
    name = "mu",
    version,
    after_help = "Exit codes: 0 all well · 1 a point failed, or a check found work · 2 bad input or environment · 130 stopped, to be gone on with"
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Report every mistake in files, without running anything
    Check(cmd::check::Check),
    /// Say more of a diagnostic code, or of every parameter of a point: EXPERIMENT[axis=value, ..] FILE
    Explain(cmd::explain::Explain),
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
    /// Write one page with tables, figures, claims, forget sets and where each number comes from
    Report(cmd::report::Report),
    /// Print every number in long form: a row per point and metric, a column per axis
    Results(cmd::results::Results),
    /// Write the sample numbers of a point's forget set, as npy or JSON: EXPERIMENT[axis=value, ..] FILE
    Indices(cmd::indices::Indices),
    /// Draw a point's forget set, its images or classes, or its model's losses or confidences: EXPERIMENT[..] FILE -o NAME.png
    Images(cmd::images::Images),
    /// Write a point's logits, losses and confidences, a row for each sample: EXPERIMENT[axis=value, ..] FILE -o NAME.parquet
    Outputs(cmd::outputs::OutputsOf),
    /// Write the weights of a point's model for PyTorch: EXPERIMENT[axis=value, ..] FILE -o NAME.pth
    Weights(cmd::weights::Weights),
    /// List published data sets, say where one lies, download one, or compare one with what was published
    Data(cmd::data::Data),
    /// Say what was made, the newest first
    Log(cmd::log::Log),
    /// Say what an object is, what made it, and what it was made from
    Show(cmd::show::Show),
    /// Say which numbers differ between two files, revisions or stores, and whether beyond seed noise; exits with 1 where any do
    Diff(cmd::diff::Diff),
    /// Hand a file's points to TensorBoard or MLflow
    Export(cmd::export::Export),
    /// Write down what a file's tables are now, and from what: NAME.mu.lock beside it
    Lock(cmd::lock::LockCommand),
    /// Say which cells of NAME.mu.lock, or of tables in files, are stale, and why; exits with 1 where any are
    Verify(cmd::verify::Verify),
    /// The store: status, verify, gc, reindex, pin, export, import
    Store(cmd::store::StoreCommand),
    /// Start a project in a new folder
    New(cmd::new::New),
    /// Write the reference of the standard library, or of a file, as pages
    Doc(cmd::doc::Doc),
    /// Serve an editor, in the Language Server Protocol
    Lsp(cmd::lsp::Lsp),
    /// Run the steps of a file, for schedulers of any kind
    Worker(cmd::worker::Worker),
    /// Print the completions of a shell
    Completions(cmd::shell::Completions),
    /// Print the manual page
    Man(cmd::shell::Man),
}

/// How a command ended.
pub(crate) enum Outcome {
    /// 0
    Well,
    /// 1: a point failed, or a check said no.
    Failed,
    /// 2: bad input or environment, already reported.
    Bad,
    /// 130: the run was asked to end; it can go on.
    Stopped,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Well => ExitCode::SUCCESS,
            Outcome::Failed => ExitCode::from(1),
            Outcome::Bad => ExitCode::from(2),
            Outcome::Stopped => ExitCode::from(130),
        }
    }
}

/// Where results are kept.
#[derive(clap::Args)]
pub(crate) struct StoreOption {
    /// The store [default: .mu at the root of the file's git checkout, or beside the file; or MU_STORE]
    #[arg(long, global = true, value_name = "FOLDER")]
    store: Option<PathBuf>,
}

fn main() -> ExitCode {
    let outcome = match Arguments::try_parse() {
        Ok(arguments) => arguments.command.run(),
        // What was asked for: help, or the version.
        Err(said) if !said.use_stderr() => {
            render::printed(said.print().and_then(|()| std::io::stdout().flush()));
            Outcome::Well
        }
        Err(wrong) => wrong.exit(),
    };
    if let Some(reason) = render::lost() {
        let help = "make room, or write elsewhere; the same command prints it again";
        render::problem(&format!("cannot write to standard output: {reason}"), help);
        return Outcome::Bad.into();
    }
    outcome.into()
}

impl Command {
    fn run(self) -> Outcome {
        match self {
            Self::Check(c) => c.run(),
            Self::Fmt(c) => c.run(),
            Self::Plan(c) => c.run(),
            Self::Run(c) => c.run(),
            Self::Table(c) => c.run(),
            Self::Figure(c) => c.run(),
            Self::Claims(c) => c.run(),
            Self::Report(c) => c.run(),
            Self::Results(c) => c.run(),
            Self::Explain(c) => c.run(),
            Self::Images(c) => c.run(),
            Self::Indices(c) => c.run(),
            Self::Outputs(c) => c.run(),
            Self::Weights(c) => c.run(),
            Self::Data(c) => c.run(),
            Self::Log(c) => c.run(),
            Self::Show(c) => c.run(),
            Self::Diff(c) => c.run(),
            Self::Export(c) => c.run(),
            Self::Lock(c) => c.run(),
            Self::Verify(c) => c.run(),
            Self::Store(c) => c.run(),
            Self::New(c) => c.run(),
            Self::Doc(c) => c.run(),
            Self::Lsp(c) => c.run(),
            Self::Worker(c) => c.run(),
            Self::Completions(c) => c.run(),
            Self::Man(c) => c.run(),
        }
    }
}
