use std::path::PathBuf;

use mu_step::artefact::{FORGET, ForgetList, Record};
use mu_store::Store;

use crate::disk::store_of;
use crate::{Outcome, StoreOption, load, render};

/// The chosen sample numbers of a point's forget set: printed as JSON, or written as npy or JSON.
#[derive(clap::Args)]
pub(crate) struct Indices {
    /// EXPERIMENT[axis=value, ..]; axes that are not named stand at their first position
    point: String,
    /// The file of the experiment
    file: PathBuf,
    /// Where to write: NAME.npy or NAME.json
    #[arg(short, long)]
    output: Option<PathBuf>,
    #[command(flatten)]
    store: StoreOption,
}

impl Indices {
    pub(crate) fn run(self) -> Outcome {
        let store = Store::read_only(&store_of(&self.file, self.store.store.as_deref()));
        let Some(loaded) = load::plan(&self.file, &store) else { return Outcome::Bad };
        let made = match super::point::made(&loaded, &self.point) {
            Ok((made, _)) => made,
            Err((message, help)) => {
                render::problem(&message, &help);
                return Outcome::Bad;
            }
        };
        let Some(object) = store.get(made.forget).ok().flatten() else {
            render::problem("this forget set is not in the store", "`mu run` chooses it");
            return Outcome::Bad;
        };
        let npy = self.output.as_ref().is_some_and(|o| o.extension().is_some_and(|e| e == "npy"));
        let read = object.read(if npy { FORGET.file } else { ForgetList::FILE }).map_err(|e| e.to_string());
        let done = read.and_then(|bytes| match &self.output {
            Some(path) => {
                std::fs::write(path, bytes).map_err(|e| format!("cannot write {}: {e}", path.display()))
            }
            None => {
                render::print(&String::from_utf8_lossy(&bytes));
                render::print("\n");
                Ok(())
            }
        });
        match done {
            Ok(()) => Outcome::Well,
            Err(reason) => {
                render::problem(&reason, "the forget set is still in the store");
                Outcome::Bad
            }
        }
    }
}
