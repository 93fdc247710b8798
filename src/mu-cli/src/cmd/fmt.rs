use std::path::PathBuf;

use mu_check::Files;

use crate::disk::{Disk, replace};
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
    pub(crate) fn run(self) -> Outcome {
        if self.files.is_empty() || self.files == [PathBuf::from("-")] {
            return self.standard_input();
        }
        let (mut bad, mut changed) = (false, false);
        for file in &self.files {
            let name = file.to_string_lossy();
            let text = match Disk.read(&name) {
                Ok(text) => text,
                Err(reason) => {
                    render::problem(&format!("cannot read {name}: {reason}"), "");
                    bad = true;
                    continue;
                }
            };
            match mu_syntax::format(&text) {
                Ok(formatted) if formatted == text => {}
                Ok(_) if self.check => {
                    render::print(&format!("{name} is not formatted\n"));
                    changed = true;
                }
                Ok(formatted) => {
                    if let Err(error) = replace(file, &formatted) {
                        render::problem(&format!("cannot write {name}: {error}"), "the file is as it was");
                        bad = true;
                    }
                }
                Err(errors) => {
                    broken(&name, text, &errors);
                    bad = true;
                }
            }
        }
        match (bad, changed) {
            (true, _) => Outcome::Bad,
            (false, true) => Outcome::Failed,
            (false, false) => Outcome::Well,
        }
    }

    fn standard_input(&self) -> Outcome {
        let text = match mu_file::text_of(std::io::stdin().lock()) {
            Ok(text) => text,
            Err(error) => {
                render::problem(&format!("cannot read standard input: {error}"), "mu reads UTF-8 text");
                return Outcome::Bad;
            }
        };
        match mu_syntax::format(&text) {
            Ok(formatted) if self.check => {
                if formatted == text {
                    Outcome::Well
                } else {
                    Outcome::Failed
                }
            }
            Ok(formatted) => {
                render::print_bytes(formatted.as_bytes());
                Outcome::Well
            }
            Err(errors) => {
                broken("standard input", text, &errors);
                Outcome::Bad
            }
        }
    }
}

/// Says what keeps a text from being formatted.
fn broken(name: &str, text: String, errors: &mu_syntax::HasErrors) {
    let mut sources = mu_diag::Sources::default();
    sources.add(name, text);
    render::diagnostics(&errors.0, &sources);
    render::problem(&format!("{name} has syntax errors and was left as it is"), "");
}
