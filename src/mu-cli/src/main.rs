//! `mu`: parses the command line, calls one command, says what went wrong, maps how it ended to an exit code.

mod cmd;
mod disk;
mod findings;
mod lockfile;
mod outcome;
mod place;
mod points;
mod progress;
mod render;
mod session;
mod store;
mod units;
mod workers;

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use mu_diag::{Cause, Problem};

pub(crate) use outcome::Outcome;

/// A language for machine-unlearning experiments.
#[derive(Parser)]
#[command(
    name = "mu",
    version,
    after_help = "Exit codes: 0 all well · 1 a point failed, or a check found work · 2 bad input or environment · 70 a bug in mu · 130 stopped, to be gone on with\n\
        Environment: MU_STORE the store · MU_DATA the folder of published data sets · MU_ENGINE the program mu-engine · \
        MU_LIBTORCH the folder of libtorch · MU_KERNELS `auto`, or `aten` for no kernels but ATen's"
)]
struct Arguments {
    #[command(subcommand)]
    command: cmd::Command,
}

/// The exit code of a bug in mu, as sysexits.h has it.
const BUG: u8 = 70;

fn main() -> ExitCode {
    let code = match Arguments::try_parse() {
        Ok(arguments) => ended(|| arguments.command.run(Arguments::command)),
        // What was asked for: help, or the version.
        Err(said) if !said.use_stderr() => {
            render::printed(said.print().and_then(|()| std::io::stdout().flush()));
            Outcome::Well.code()
        }
        Err(wrong) => wrong.exit(),
    };
    if let Some(reason) = render::lost() {
        let help = "make room, or write elsewhere; the same command prints it again";
        render::problem(Problem::new(format!("cannot write to standard output: {reason}"), help));
        return ExitCode::from(Outcome::Bad.code());
    }
    ExitCode::from(code)
}

/// Does what was asked for and says what went wrong; the exit code. A panic is mu's own mistake, whatever it was given.
fn ended(work: impl FnOnce() -> Result<Outcome, Problem>) -> u8 {
    let done = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().copied();
        let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        Err(Problem::bug(text.unwrap_or("it panicked")))
    });
    let problem = match done {
        Ok(outcome) => return outcome.code(),
        Err(problem) => problem,
    };
    let code = match problem.cause {
        Cause::Input => Outcome::Bad.code(),
        Cause::Bug => BUG,
    };
    render::problem(problem);
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bugs are told from what mu was given.
    #[test]
    fn each_end_has_its_exit_code() {
        assert_eq!(ended(|| Ok(Outcome::Well)), 0);
        assert_eq!(ended(|| Ok(Outcome::Failed)), 1);
        assert_eq!(ended(|| Ok(Outcome::Stopped)), 130);
        assert_eq!(ended(|| Err(Problem::new("there is no such file", "name another"))), 2);
        assert_eq!(ended(|| Err(Problem::bug("a step needs itself"))), 70);
        assert_eq!(ended(|| panic!("an index is out of bounds")), 70);
    }
}
