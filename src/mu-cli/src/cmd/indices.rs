use std::path::PathBuf;

use mu_diag::Problem;
use mu_step::artefact::{FORGET, ForgetList, Record};

use crate::session::Session;
use crate::store::StoreOption;
use crate::{Outcome, disk, points, render};

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
    pub(crate) fn run(self) -> Result<Outcome, Problem> {
        let session = Session::open(&self.file, &self.store)?;
        let (made, _) = points::made(&session, &self.point)?;
        let Some(object) = session.store().get(made.forget).ok().flatten() else {
            return Err(Problem::new("this forget set is not in the store", "`mu run` chooses it"));
        };
        let npy = self.output.as_ref().is_some_and(|o| o.extension().is_some_and(|e| e == "npy"));
        let kept = "the forget set is still in the store";
        let bytes = object.read(if npy { FORGET.file } else { ForgetList::FILE });
        let bytes = bytes.map_err(|e| Problem::new(e, kept))?;
        match &self.output {
            Some(path) => disk::write(path, &bytes, kept)?,
            None => {
                render::print(&String::from_utf8_lossy(&bytes));
                render::print("\n");
            }
        }
        Ok(Outcome::Well)
    }
}
