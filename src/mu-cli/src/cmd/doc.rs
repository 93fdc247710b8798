use std::path::PathBuf;

use clap::ValueEnum;
use mu_check::Checked;
use mu_diag::Problem;

use crate::disk::Disk;
use crate::{Outcome, render, session};

#[derive(clap::Args)]
pub(crate) struct Doc {
    /// The file whose declarations are documented [default: the standard library]
    file: Option<PathBuf>,
    /// The folder that the pages go to
    #[arg(long, short, default_value = "mu-doc")]
    output: PathBuf,
    /// How they are written
    #[arg(long, value_enum, default_value = "html")]
    format: DocFormat,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum DocFormat {
    Html,
    Md,
}

impl Doc {
    pub(crate) fn run(self) -> Result<Outcome, Problem> {
        let (checked, own): (Checked, String) = match &self.file {
            Some(file) => (session::check(file)?, file.to_string_lossy().into_owned()),
            None => (mu_check::check(&Disk, "doc.mu", "let _ = 0\n"), String::new()),
        };
        let library = self.file.is_none();
        let wanted = |name: &str| if library { name.starts_with("std:") } else { name == own };
        let pages = mu_doc::pages(&checked, &wanted, library);
        let written = std::fs::create_dir_all(&self.output).and_then(|()| {
            for page in &pages {
                let (text, ending) = match self.format {
                    DocFormat::Html => (mu_doc::html(page, &pages), "html"),
                    DocFormat::Md => (page.text.clone(), "md"),
                };
                std::fs::write(self.output.join(format!("{}.{ending}", page.name)), text)?;
            }
            Ok(())
        });
        written.map_err(|error| {
            let message = format!("cannot write into {}: {error}", self.output.display());
            Problem::new(message, "name another folder with --output")
        })?;
        let first = self.output.join(if self.format == DocFormat::Html { "index.html" } else { "index.md" });
        render::print(&format!("{} pages, first {}\n", pages.len(), first.display()));
        Ok(Outcome::Well)
    }
}
