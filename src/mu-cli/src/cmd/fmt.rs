use std::io::Write;
use std::path::{Path, PathBuf};

use mu_check::Files;

use crate::disk::Disk;
use crate::{Outcome, render};

#[derive(clap::Args)]
pub(crate) struct Fmt {
    /// The files
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Change nothing; name the files that are not canonical and exit with 1
    #[arg(long)]
    check: bool,
}

impl Fmt {
    pub(crate) fn run(self) -> Outcome {
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
                    let mut sources = mu_diag::Sources::default();
                    sources.add(name.clone(), text);
                    render::diagnostics(&errors.0, &sources);
                    render::problem(&format!("{name} has syntax errors and was left as it is"), "");
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
}

/// Writes beside and renames: the file is the old one or the new one, never half of it.
fn replace(file: &Path, text: &str) -> std::io::Result<()> {
    let file = file.canonicalize()?;
    let permissions = std::fs::metadata(&file)?.permissions();
    let mut draft = tempfile::NamedTempFile::new_in(file.parent().unwrap_or(Path::new(".")))?;
    draft.write_all(text.as_bytes())?;
    draft.as_file().set_permissions(permissions)?;
    draft.persist(&file).map(drop).map_err(|e| e.error)
}
