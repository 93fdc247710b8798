use std::path::{Path, PathBuf};

use mu_check::Files;
use mu_diag::{Problem, Sources};

use crate::disk::{self, Disk, replace};
use crate::{Outcome, render};

#[derive(clap::Args)]
pub(crate) struct Fmt {
    /// The files; `-`, or none, formats standard input to standard output
    files: Vec<PathBuf>,
    /// Change nothing; name the files that are not canonical and exit with 1
    #[arg(long)]
    check: bool,
}

impl Fmt {
    pub(crate) fn run(self) -> Result<Outcome, Problem> {
        if self.files.is_empty() || self.files == [PathBuf::from("-")] {
            return self.standard_input();
        }
        let (mut bad, mut changed) = (false, false);
        for file in &self.files {
            match self.file(file) {
                Ok(whole) => changed |= !whole,
                // The other files are formatted nevertheless.
                Err(problem) => {
                    render::problem(problem);
                    bad = true;
                }
            }
        }
        Ok(match (bad, changed) {
            (true, _) => Outcome::Bad,
            (false, true) => Outcome::Failed,
            (false, false) => Outcome::Well,
        })
    }

    /// Formats a file; false where it is only said that it is not formatted.
    fn file(&self, file: &Path) -> Result<bool, Problem> {
        let name = file.to_string_lossy();
        let text =
            Disk.read(&name).map_err(|reason| Problem::new(format!("cannot read {name}: {reason}"), ""))?;
        let formatted = formatted(&name, &text)?;
        if formatted == text {
            return Ok(true);
        }
        if self.check {
            render::print(&format!("{name} is not formatted\n"));
            return Ok(false);
        }
        replace(file, &formatted).map_err(|e| disk::cannot_write(file, e, "the file is as it was"))?;
        Ok(true)
    }

    fn standard_input(&self) -> Result<Outcome, Problem> {
        let text = mu_file::text_of(std::io::stdin().lock())
            .map_err(|e| Problem::new(format!("cannot read standard input: {e}"), "mu reads UTF-8 text"))?;
        let formatted = formatted("standard input", &text)?;
        if self.check {
            return Ok(if formatted == text { Outcome::Well } else { Outcome::Failed });
        }
        render::print_bytes(formatted.as_bytes());
        Ok(Outcome::Well)
    }
}

/// A text in its canonical form.
fn formatted(name: &str, text: &str) -> Result<String, Problem> {
    mu_syntax::format(text).map_err(|errors| {
        let mut sources = Sources::default();
        sources.add(name, text);
        Problem {
            what: format!("{name} has syntax errors and was left as it is"),
            ..Problem::found(errors.0, sources)
        }
    })
}
