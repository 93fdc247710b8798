use std::path::PathBuf;

use clap::ValueEnum;
use mu_check::{Checked, Files};
use mu_diag::{Problem, Severity};

use crate::disk::{Disk, replace};
use crate::{Outcome, disk, findings, render, session};

#[derive(clap::Args)]
pub(crate) struct Check {
    /// The files
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Apply every suggestion that is the only way to read what was written
    #[arg(long)]
    fix: bool,
    /// How findings are written: text to standard error; json and github to standard output
    #[arg(long, value_enum, default_value = "text")]
    format: CheckFormat,
    /// Fail on warnings too
    #[arg(long)]
    deny_warnings: bool,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum CheckFormat {
    Text,
    /// One object per finding and line.
    Json,
    /// Annotations of GitHub Actions.
    Github,
}

/// Suggestions may open the way for others; this often.
const ROUNDS: usize = 10;

impl Check {
    pub(crate) fn run(self) -> Result<Outcome, Problem> {
        let (mut bad, mut fixed) = (0, 0);
        for file in &self.files {
            let mut checked = match session::read(file) {
                Ok(checked) => checked,
                // The other files are checked nevertheless.
                Err(problem) => {
                    render::problem(problem);
                    bad += 1;
                    continue;
                }
            };
            if self.fix {
                for _ in 0..ROUNDS {
                    match apply(file, &checked)
                        .map_err(|e| disk::cannot_write(file, e, "the file is as it was"))?
                    {
                        0 => break,
                        n => fixed += n,
                    }
                    checked = session::read(file)?;
                }
            }
            let (found, sources) = (&checked.diagnostics, &checked.sources);
            match self.format {
                CheckFormat::Text => drop(render::diagnostics(found, sources)),
                CheckFormat::Json => render::print(&findings::json(found, sources)),
                CheckFormat::Github => render::print(&findings::github(found, sources)),
            }
            let worst = |s: Severity| found.iter().any(|d| d.severity == s);
            bad += usize::from(worst(Severity::Error) || self.deny_warnings && worst(Severity::Warning));
            // The process is about to end: taking a large program apart first would be a tenth of its time.
            std::mem::forget(checked);
        }
        if fixed > 0 {
            render::eprint(&format!("{fixed} suggestion{} applied", if fixed == 1 { "" } else { "s" }));
        }
        if bad > 0 {
            return Ok(Outcome::Bad);
        }
        if self.format == CheckFormat::Text {
            let n = self.files.len();
            render::print(&format!("{n} file{} checked, no errors\n", if n == 1 { "" } else { "s" }));
        }
        Ok(Outcome::Well)
    }
}

/// Applies the certain suggestions of a file that do not overlap; how many there were.
fn apply(file: &std::path::Path, checked: &Checked) -> Result<usize, String> {
    let name = file.to_string_lossy();
    let own = checked.sources.find(&name);
    let text = Disk.read(&name)?;
    let mut edits: Vec<(usize, usize, &str)> = Vec::new();
    for fix in checked.diagnostics.iter().filter_map(|d| d.fix.as_ref()).filter(|f| f.certain) {
        if fix.edits.iter().any(|(span, _)| Some(span.file) != own) {
            continue;
        }
        let new: Vec<_> =
            fix.edits.iter().map(|(s, t)| (s.start as usize, s.end as usize, t.as_str())).collect();
        let clash = |(a, b, _): &(usize, usize, &str)| edits.iter().any(|(c, d, _)| a < d && c < b);
        if !new.iter().any(clash) {
            edits.extend(new);
        }
    }
    if edits.is_empty() {
        return Ok(0);
    }
    edits.sort_unstable();
    let mut out = text.clone();
    for (start, end, new) in edits.iter().rev() {
        out.replace_range(*start..*end, new);
    }
    replace(file, &out).map_err(|e| e.to_string())?;
    Ok(edits.len())
}
