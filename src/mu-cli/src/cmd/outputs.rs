use std::path::PathBuf;

use mu_diag::Problem;
use mu_interop::outputs::{csv, npz, parquet};
use mu_numbers::Outputs;

use crate::session::Session;
use crate::store::StoreOption;
use crate::{Outcome, disk, points};

/// What a point's model says of each sample: its logits, prediction, loss and confidence, with its number, its label and whether it is
/// in the forget set. `loss` is the cross-entropy in nats, `confidence` the probability of the sample's own class. Sample numbers count
/// from 0, in the training part for training and validation samples, in the test part for test samples. Of a denoiser it is what the
/// judge says of each of its images, whose label is its condition.
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
    pub(crate) fn run(self) -> Result<Outcome, Problem> {
        let ending = self.output.extension().map(|e| e.to_string_lossy().into_owned()).unwrap_or_default();
        let format: fn(&Outputs) -> Result<Vec<u8>, String> = match ending.as_str() {
            "parquet" => parquet,
            "npz" => npz,
            "csv" => csv,
            _ => {
                let help = "name the file NAME.parquet, NAME.npz or NAME.csv";
                return Err(Problem::new(format!("`.{ending}` is no form of outputs that mu writes"), help));
            }
        };
        let session = Session::open(&self.file, &self.store)?;
        let (made, _) = points::made(&session, &self.point)?;
        let outputs =
            Outputs::read(session.store(), made).map_err(|e| Problem::new(e, "`mu run` computes it"))?;
        let kept = "the outputs are still in the store";
        let bytes = format(&outputs).map_err(|e| Problem::new(e, kept))?;
        disk::write(&self.output, &bytes, kept)?;
        Ok(Outcome::Well)
    }
}
