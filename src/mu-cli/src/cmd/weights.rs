use std::path::PathBuf;

use mu_checkpoint::Format;
use mu_step::artefact::MODEL;
use mu_store::Store;

use crate::disk::store_of;
use crate::{Outcome, StoreOption, load, render};

/// The weights of a point's model as a file that PyTorch reads.
#[derive(clap::Args)]
pub(crate) struct Weights {
    /// EXPERIMENT[axis=value, ..]; axes that are not named stand at their first position
    point: String,
    /// The file of the experiment
    file: PathBuf,
    /// Where to write: NAME.safetensors, or NAME.pth for `torch.load`
    #[arg(short, long)]
    output: PathBuf,
    /// The original model, before unlearning
    #[arg(long)]
    original: bool,
    #[command(flatten)]
    store: StoreOption,
}

impl Weights {
    pub(crate) fn run(self) -> Outcome {
        let store = Store::read_only(&store_of(&self.file, self.store.store.as_deref()));
        match self.write(&store) {
            Some(Ok(())) => Outcome::Well,
            Some(Err((message, help))) => {
                render::problem(&message, &help);
                Outcome::Bad
            }
            None => Outcome::Bad,
        }
    }

    fn write(&self, store: &Store) -> Option<Result<(), (String, String)>> {
        let ending = self.output.extension().map(|e| e.to_string_lossy().into_owned()).unwrap_or_default();
        let Some(format) = Format::of(&ending) else {
            let message = format!("`.{ending}` is no form of weights that mu writes");
            return Some(Err((message, "name the file NAME.safetensors or NAME.pth".to_owned())));
        };
        let loaded = load::plan(&self.file, store)?;
        let write = || -> Result<(), (String, String)> {
            let (made, spec) = super::point::made(&loaded, &self.point)?;
            let kept = || "the model is still in the store".to_owned();
            let key = if self.original {
                let help = "leave `--original` away: its method starts from something else".to_owned();
                made.original.ok_or_else(|| ("this point has no original model".to_owned(), help))?
            } else {
                made.model
            };
            let object = store.get(key).map_err(|e| (e.to_string(), "`mu run` makes it again".to_owned()))?;
            let object = object.ok_or_else(|| {
                ("this model is not in the store".to_owned(), "`mu run` makes it".to_owned())
            })?;
            let mut tensors = mu_checkpoint::read(&object.path(MODEL.file))
                .map_err(|e| (e.to_string(), "`mu run` makes it again".to_owned()))?;
            mu_checkpoint::complete(&spec.graph, &mut tensors);
            let bytes = mu_checkpoint::write(&tensors, format).map_err(|e| (e, kept()))?;
            std::fs::write(&self.output, bytes)
                .map_err(|e| (format!("cannot write {}: {e}", self.output.display()), kept()))
        };
        Some(write())
    }
}
