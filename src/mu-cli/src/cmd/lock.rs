use std::path::{Path, PathBuf};

use mu_numbers::Measurements;
use mu_store::Store;
use mu_table::Lock;

use crate::disk::store_of;
use crate::load::Loaded;
use crate::{Outcome, StoreOption, load, render};

/// Write down what a file's tables are now, and from what, for `mu verify`: NAME.mu.lock beside it.
#[derive(clap::Args)]
pub(crate) struct LockCommand {
    /// The file
    file: PathBuf,
    #[command(flatten)]
    store: StoreOption,
}

impl LockCommand {
    pub(crate) fn run(self) -> Outcome {
        let store = Store::read_only(&store_of(&self.file, self.store.store.as_deref()));
        let Some(loaded) = load::plan(&self.file, &store) else { return Outcome::Bad };
        let there = store.keys();
        let missing = loaded.plan.missing(&|k| there.contains(&k)).len();
        if missing > 0 || loaded.plan.is_partial() {
            let message = format!("{missing} steps of {} are not computed yet", self.file.display());
            render::problem(&message, "`mu run` computes them; then lock what it gave");
            return Outcome::Bad;
        }
        let path = beside(&self.file);
        let text = serde_json::to_string_pretty(&current(&loaded, &store)).unwrap_or_default();
        match std::fs::write(&path, text + "\n") {
            Ok(()) => {
                render::print(&format!("{}\n", path.display()));
                Outcome::Well
            }
            Err(error) => {
                render::problem(
                    &format!("cannot write {}: {error}", path.display()),
                    "make the folder writable",
                );
                Outcome::Bad
            }
        }
    }
}

/// Where a file's lock is.
pub(super) fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}

/// The lock that would be written now.
pub(super) fn current(loaded: &Loaded, store: &Store) -> Lock {
    let program = &loaded.checked.program;
    let measurements = Measurements::read(program, &loaded.plan, store);
    Lock {
        mu: env!("CARGO_PKG_VERSION").to_owned(),
        library: loaded.library(),
        data: loaded.digests(),
        tables: mu_table::lock(program, &loaded.plan, &measurements),
    }
}
