//! The commands: each a file, a `mod` and an entry of the list below. What several of them need lies beside this folder, not in it.

mod check;
mod claims;
mod completions;
mod data;
mod diff;
mod doc;
mod explain;
mod export;
mod figure;
mod fmt;
mod images;
mod indices;
mod lock;
mod log;
mod lsp;
mod man;
mod new;
mod outputs;
mod plan;
mod report;
mod results;
mod run;
mod show;
mod store;
mod table;
mod verify;
mod weights;
mod worker;

use clap::Subcommand;
use mu_diag::Problem;

use crate::Outcome;

/// The list of commands, in the order in which the help shows them: what each is for, its name, and what it is made of. Behind the
/// semicolon are those that describe the whole command line, which is handed to them.
macro_rules! commands {
    ($($(#[$about:meta])* $name:ident($of:ty),)*; $($(#[$also:meta])* $of_mu:ident($from:ty),)*) => {
        #[derive(Subcommand)]
        pub(crate) enum Command { $($(#[$about])* $name($of),)* $($(#[$also])* $of_mu($from)),* }

        impl Command {
            /// Does what was asked for. `mu` is the whole command line.
            pub(crate) fn run(self, mu: fn() -> clap::Command) -> Result<Outcome, Problem> {
                match self {
                    $(Self::$name(command) => command.run(),)*
                    $(Self::$of_mu(command) => command.run(mu())),*
                }
            }
        }
    };
}

commands! {
    /// Report every mistake in files, without running anything
    Check(check::Check),
    /// Say more of a diagnostic code, or of every parameter of a point: EXPERIMENT[axis=value, ..] FILE
    Explain(explain::Explain),
    /// Write files in their canonical form
    Fmt(fmt::Fmt),
    /// Show the axes, the points, the steps, what the store has, and what would run
    Plan(plan::Plan),
    /// Run what is missing, then print the tables
    Run(run::Run),
    /// Print tables from what the store has
    Table(table::Table),
    /// Draw figures from what the store has
    Figure(figure::Figure),
    /// Say of each claim whether the numbers bear it out; exits with 1 unless all do
    Claims(claims::Claims),
    /// Write one page with tables, figures, claims, forget sets and where each number comes from
    Report(report::Report),
    /// Print every number in long form: a row per point and metric, a column per axis
    Results(results::Results),
    /// Write the sample numbers of a point's forget set, as npy or JSON: EXPERIMENT[axis=value, ..] FILE
    Indices(indices::Indices),
    /// Draw a point's forget set, its images or classes, or its model's losses or confidences: EXPERIMENT[..] FILE -o NAME.png
    Images(images::Images),
    /// Write a point's logits, losses and confidences, a row for each sample: EXPERIMENT[axis=value, ..] FILE -o NAME.parquet
    Outputs(outputs::OutputsOf),
    /// Write the weights of a point's model for PyTorch: EXPERIMENT[axis=value, ..] FILE -o NAME.pth
    Weights(weights::Weights),
    /// List published data sets, say where one lies, download one, or compare one with what was published
    Data(data::Data),
    /// Say what was made, the newest first
    Log(log::Log),
    /// Say what an object is, what made it, and what it was made from
    Show(show::Show),
    /// Say which numbers differ between two files, revisions or stores, and whether beyond seed noise; exits with 1 where any do
    Diff(diff::Diff),
    /// Hand a file's points to TensorBoard or MLflow
    Export(export::Export),
    /// Write down what a file's tables are now, and from what: NAME.mu.lock beside it
    Lock(lock::LockCommand),
    /// Say which cells of NAME.mu.lock, or of tables in files, are stale, and why; exits with 1 where any are
    Verify(verify::Verify),
    /// The store: status, verify, gc, reindex, pin, export, import
    Store(store::StoreCommand),
    /// Start a project in a new folder
    New(new::New),
    /// Write the reference of the standard library, or of a file, as pages
    Doc(doc::Doc),
    /// Serve an editor, in the Language Server Protocol
    Lsp(lsp::Lsp),
    /// Run the steps of a file, for schedulers of any kind
    Worker(worker::Worker),
    ;
    /// Print the completions of a shell
    Completions(completions::Completions),
    /// Print the manual page
    Man(man::Man),
}
