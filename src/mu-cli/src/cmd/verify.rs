use std::path::{Path, PathBuf};

use mu_diag::Problem;
use mu_table::{Format, Lock, tables};

use crate::lockfile::{beside, current};
use crate::session::Session;
use crate::store::StoreOption;
use crate::{Outcome, render};

/// Compare what was committed with what a file and its store give now: NAME.mu.lock, and tables that were written to files.
/// Exits with 1 where anything is stale.
#[derive(clap::Args)]
pub(crate) struct Verify {
    /// The file
    file: PathBuf,
    /// Files with its tables, as `mu table --format` wrote them: .tex, .md, .csv, .json, .html, .txt
    tables: Vec<PathBuf>,
    #[command(flatten)]
    store: StoreOption,
}

impl Verify {
    pub(crate) fn run(self) -> Result<Outcome, Problem> {
        let session = Session::open(&self.file, &self.store)?;
        let lock = beside(&self.file);
        if !lock.exists() && self.tables.is_empty() {
            let message = format!("there is no {}", lock.display());
            return Err(Problem::new(message, "`mu lock` writes it, or name files that `mu table` wrote"));
        }
        let mut stale = 0;
        if lock.exists() {
            let read = mu_file::bytes(&lock, mu_file::TEXT).map_err(|e| e.to_string());
            let found = read.and_then(|t| serde_json::from_slice::<Lock>(&t).map_err(|e| e.to_string()));
            let was = found.map_err(|reason| {
                Problem::new(format!("{}: {reason}", lock.display()), "`mu lock` writes it anew")
            })?;
            let found = was.compare(&current(&session));
            stale += found.len();
            let cells: usize = was.tables.values().map(|t| t.len()).sum();
            for cell in &found {
                render::print(&format!("✗ {}: {}\n", cell.cell, cell.why));
            }
            if found.is_empty() {
                render::print(&format!("✓ {}: {cells} cells are what they were\n", lock.display()));
            }
        }
        for path in &self.tables {
            match committed(path, &session) {
                Ok(()) => render::print(&format!("✓ {}\n", path.display())),
                Err(why) => {
                    stale += 1;
                    render::print(&format!("✗ {}: {why}\n", path.display()));
                }
            }
        }
        Ok(if stale == 0 { Outcome::Well } else { Outcome::Failed })
    }
}

/// Whether a file is one of the tables, or all of them, as they are printed now.
fn committed(path: &Path, session: &Session) -> Result<(), String> {
    let ending = path.extension().map(|e| e.to_string_lossy().into_owned()).unwrap_or_default();
    let format = match ending.as_str() {
        "tex" => Format::Latex,
        "md" => Format::Markdown,
        "csv" => Format::Csv,
        "json" => Format::Json,
        "html" => Format::Html,
        _ => Format::Text,
    };
    let text = mu_file::text(path).map_err(|e| format!("cannot be read: {e}"))?;
    let (program, numbers) = (session.program(), session.numbers());
    let names = std::iter::once(None).chain(program.tables.iter().map(|t| Some(t.name.as_str())));
    let printed: Vec<String> = names.map(|name| tables(program, &numbers, name, format)).collect();
    // Whichever is nearest says where the difference is.
    let apart = |now: &String| now.lines().zip(text.lines()).filter(|(a, b)| a != b).count();
    match printed.iter().min_by_key(|now| apart(now)) {
        Some(_) if printed.contains(&text) => Ok(()),
        Some(nearest) => {
            let mut lines = nearest.lines().zip(text.lines()).enumerate();
            Err(match lines.find(|(_, (a, b))| a != b) {
                Some((at, (now, was))) => {
                    format!("line {} is `{}`, it would now be `{}`", at + 1, was.trim(), now.trim())
                }
                None => "it has more or fewer lines than it would have now".to_owned(),
            })
        }
        None => Err("the file has no tables".to_owned()),
    }
}
