use std::path::PathBuf;

use clap::ValueEnum;
use mu_report::{Measurements, ResultsFormat};
use mu_store::Store;

use crate::disk::store_of;
use crate::{Outcome, StoreOption, load, render};

#[derive(clap::Args)]
pub(crate) struct Results {
    /// The file
    file: PathBuf,
    /// How they are written
    #[arg(long, value_enum, default_value = "csv")]
    format: LongFormat,
    #[command(flatten)]
    store: StoreOption,
}

#[derive(Clone, Copy, ValueEnum)]
enum LongFormat {
    Csv,
    Json,
}

impl Results {
    pub(crate) fn run(self) -> Outcome {
        let store = Store::read_only(&store_of(&self.file, self.store.store.as_deref()));
        let Some(loaded) = load::plan(&self.file, &store) else { return Outcome::Bad };
        let (checked, plan) = (&loaded.checked, &loaded.plan);
        let measurements = Measurements::read(&checked.program, plan, &store);
        let format = match self.format {
            LongFormat::Csv => ResultsFormat::Csv,
            LongFormat::Json => ResultsFormat::Json,
        };
        render::print(&mu_report::results(&checked.program, &measurements).export(format));
        Outcome::Well
    }
}
