//! What every command does first: read, check, plan.

use std::path::Path;

use mu_check::{Checked, Files};
use mu_plan::Plan;

use crate::disk::{Disk, DiskFacts};
use crate::render;

/// Reads and checks a file, and shows what was found; `None` where it cannot be used.
pub(crate) fn check(file: &Path) -> Option<Checked> {
    let name = file.to_string_lossy();
    let text = match Disk.read(&name) {
        Ok(text) => text,
        Err(reason) => {
            render::problem(
                &format!("cannot read {name}: {reason}"),
                "mu reads UTF-8 text files, by convention NAME.mu",
            );
            return None;
        }
    };
    let checked = mu_check::check(&Disk, &name, &text);
    if render::diagnostics(&checked.diagnostics, &checked.sources) { None } else { Some(checked) }
}

/// As [`check`], and plans it.
pub(crate) fn plan(file: &Path) -> Option<(Checked, Plan)> {
    let checked = check(file)?;
    let (plan, found) = mu_plan::plan(&checked.program, &DiskFacts::default());
    if render::diagnostics(&found, &checked.sources) { None } else { Some((checked, plan)) }
}
