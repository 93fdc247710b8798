use std::path::PathBuf;

use mu_checkpoint::Format;
use mu_diag::Problem;
use mu_step::artefact::MODEL;

use crate::session::Session;
use crate::store::StoreOption;
use crate::{Outcome, disk, points};

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
    pub(crate) fn run(self) -> Result<Outcome, Problem> {
        let ending = self.output.extension().map(|e| e.to_string_lossy().into_owned()).unwrap_or_default();
        let Some(format) = Format::of(&ending) else {
            let message = format!("`.{ending}` is no form of weights that mu writes");
            return Err(Problem::new(message, "name the file NAME.safetensors or NAME.pth"));
        };
        let session = Session::open(&self.file, &self.store)?;
        let (made, spec) = points::made(&session, &self.point)?;
        let (again, kept) = ("`mu run` makes it again", "the model is still in the store");
        let key = if self.original {
            let help = "leave `--original` away: its method starts from something else";
            made.original.ok_or_else(|| Problem::new("this point has no original model", help))?
        } else {
            made.model
        };
        let object = session.store().get(key).map_err(|e| Problem::new(e, again))?;
        let object =
            object.ok_or_else(|| Problem::new("this model is not in the store", "`mu run` makes it"))?;
        let mut tensors =
            mu_checkpoint::read(&object.path(MODEL.file)).map_err(|e| Problem::new(e, again))?;
        mu_checkpoint::complete(&spec.graph, &mut tensors);
        let bytes = mu_checkpoint::write(&tensors, format).map_err(|e| Problem::new(e, kept))?;
        disk::write(&self.output, &bytes, kept)?;
        Ok(Outcome::Well)
    }
}
