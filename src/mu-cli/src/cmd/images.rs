use std::path::{Path, PathBuf};

use mu_report::{contact_sheet, forget_classes};
use mu_store::Store;

use crate::disk::store_of;
use crate::{Outcome, StoreOption, load, render};

/// Draw what is forgotten at a point: its images as a contact sheet (NAME.png), or its classes beside those of a random set
/// (NAME.svg).
#[derive(clap::Args)]
pub(crate) struct Images {
    /// EXPERIMENT[axis=value, ..]
    point: String,
    /// The file
    file: PathBuf,
    /// The drawing: NAME.png or NAME.svg
    #[arg(long, short)]
    output: PathBuf,
    /// Images on a contact sheet at most
    #[arg(short, long, default_value_t = 96, value_parser = clap::value_parser!(u16).range(1..))]
    number: u16,
    #[command(flatten)]
    store: StoreOption,
}

impl Images {
    pub(crate) fn run(self) -> Outcome {
        let store = Store::read_only(&store_of(&self.file, self.store.store.as_deref()));
        let Some(loaded) = load::plan(&self.file, &store) else { return Outcome::Bad };
        let drawn = super::point::unlearning(&loaded, &self.point).and_then(|(_, spec)| {
            let ending = self.output.extension().unwrap_or_default();
            let bytes = match ending.to_string_lossy().as_ref() {
                "png" => contact_sheet(&store, spec.data, spec.forget, usize::from(self.number)),
                "svg" => forget_classes(&store, spec.data, spec.forget, &self.point).map(String::into_bytes),
                _ => return Err(("drawings are NAME.png or NAME.svg".to_owned(), "name it so".to_owned())),
            };
            bytes.map_err(|reason| (reason, "`mu run` computes forget sets".to_owned()))
        });
        let written = drawn.and_then(|bytes| write(&self.output, &bytes));
        match written {
            Ok(()) => Outcome::Well,
            Err((message, help)) => {
                render::problem(&message, &help);
                Outcome::Bad
            }
        }
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), (String, String)> {
    std::fs::write(path, bytes)
        .map_err(|e| (format!("cannot write {}: {e}", path.display()), "name another file".to_owned()))
}
