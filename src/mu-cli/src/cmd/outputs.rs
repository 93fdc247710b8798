use std::path::PathBuf;

use mu_interop::outputs::{csv, npz, parquet};
use mu_numbers::Outputs;
use mu_store::Store;

use crate::disk::store_of;
use crate::{Outcome, StoreOption, load, render};

/// What a point's model says of each sample: its logits, prediction, loss and confidence, with its number, its label and whether it is
/// in the forget set. `loss` is the cross-entropy in nats, `confidence` the probability of the sample's own class. Sample numbers count
/// from 0, in the training part for training and validation samples, in the test part for test samples.
#[derive(clap::Args)]
pub(crate) struct OutputsOf {
    /// EXPERIMENT[axis=value, ..]; axes that are not named stand at their first position
    point: String,
    /// The file of the experiment
    file: PathBuf,
    /// Where to write: NAME.parquet, NAME.npz or NAME.csv
    #[arg(short, long)]
    output: PathBuf,
    #[command(flatten)]
    store: StoreOption,
}

impl OutputsOf {
    pub(crate) fn run(self) -> Outcome {
        let ending = self.output.extension().map(|e| e.to_string_lossy().into_owned()).unwrap_or_default();
        let write: fn(&Outputs) -> Result<Vec<u8>, String> = match ending.as_str() {
            "parquet" => parquet,
            "npz" => npz,
            "csv" => csv,
            _ => {
                let help = "name the file NAME.parquet, NAME.npz or NAME.csv";
                render::problem(&format!("`.{ending}` is no form of outputs that mu writes"), help);
                return Outcome::Bad;
            }
        };
        let store = Store::read_only(&store_of(&self.file, self.store.store.as_deref()));
        let Some(loaded) = load::plan(&self.file, &store) else { return Outcome::Bad };
        let written = super::point::made(&loaded, &self.point).and_then(|(made, _)| {
            let outputs = Outputs::read(&store, made).map_err(|e| (e, "`mu run` computes it".to_owned()))?;
            let kept = || "the outputs are still in the store".to_owned();
            let bytes = write(&outputs).map_err(|e| (e, kept()))?;
            std::fs::write(&self.output, bytes)
                .map_err(|e| (format!("cannot write {}: {e}", self.output.display()), kept()))
        });
        match written {
            Ok(()) => Outcome::Well,
            Err((message, help)) => {
                render::problem(&message, &help);
                Outcome::Bad
            }
        }
    }
}
