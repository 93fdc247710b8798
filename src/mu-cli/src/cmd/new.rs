use std::path::PathBuf;

use mu_diag::Problem;

use crate::{Outcome, disk, render};

#[derive(clap::Args)]
pub(crate) struct New {
    /// The folder; its name is the project's
    folder: PathBuf,
}

/// The files of a starter project.
const FILES: &[(&str, &str)] = &[
    ("study.mu", include_str!("../../starter/study.mu")),
    ("recipes.mu", include_str!("../../starter/recipes.mu")),
    ("README.md", include_str!("../../starter/README.md")),
    (".gitignore", "# Results: recomputed by `mu run`.\n.mu/\n"),
];

impl New {
    pub(crate) fn run(self) -> Result<Outcome, Problem> {
        let folder = &self.folder;
        let occupied = std::fs::read_dir(folder).is_ok_and(|mut d| d.next().is_some());
        if occupied {
            let message = format!("{} is there already, and not empty", folder.display());
            return Err(Problem::new(message, "name a new folder; nothing was changed"));
        }
        let written = std::fs::create_dir_all(folder)
            .and_then(|()| FILES.iter().try_for_each(|(name, text)| std::fs::write(folder.join(name), text)));
        written.map_err(|e| disk::cannot_write(folder, e, "name a folder that can be written"))?;
        let name = folder.display();
        render::print(&format!("{name} is ready:\n  cd {name}\n  mu check study.mu\n  mu run study.mu\n"));
        Ok(Outcome::Well)
    }
}
