use std::path::PathBuf;

use crate::{Outcome, render};

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
    pub(crate) fn run(self) -> Outcome {
        let folder = &self.folder;
        let occupied = std::fs::read_dir(folder).is_ok_and(|mut d| d.next().is_some());
        if occupied {
            let message = format!("{} is there already, and not empty", folder.display());
            render::problem(&message, "name a new folder; nothing was changed");
            return Outcome::Bad;
        }
        let written = std::fs::create_dir_all(folder)
            .and_then(|()| FILES.iter().try_for_each(|(name, text)| std::fs::write(folder.join(name), text)));
        if let Err(error) = written {
            render::problem(
                &format!("cannot write {}: {error}", folder.display()),
                "name a folder that can be written",
            );
            return Outcome::Bad;
        }
        let name = folder.display();
        render::print(&format!("{name} is ready:\n  cd {name}\n  mu check study.mu\n  mu run study.mu\n"));
        Outcome::Well
    }
}
