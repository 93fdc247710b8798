use std::path::PathBuf;

use clap::ValueEnum;
use mu_numbers::{Measurements, ResultsFormat};
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
    /// Where they are written [default: standard output]
    #[arg(long, short)]
    output: Option<PathBuf>,
    #[command(flatten)]
    store: StoreOption,
}

#[derive(Clone, Copy, ValueEnum)]
enum LongFormat {
    Csv,
    Json,
    Parquet,
}

impl Results {
    pub(crate) fn run(self) -> Outcome {
        let store = Store::read_only(&store_of(&self.file, self.store.store.as_deref()));
        let Some(loaded) = load::plan(&self.file, &store) else { return Outcome::Bad };
        let (checked, plan) = (&loaded.checked, &loaded.plan);
        let measurements = Measurements::read(&checked.program, plan, &store);
        let results = mu_numbers::results(&checked.program, &measurements);
        let bytes = match self.format {
            LongFormat::Csv => Ok(results.export(ResultsFormat::Csv).into_bytes()),
            LongFormat::Json => Ok(results.export(ResultsFormat::Json).into_bytes()),
            LongFormat::Parquet => mu_interop::results::parquet(&results),
        };
        let written = bytes.and_then(|bytes| match &self.output {
            Some(path) => {
                std::fs::write(path, bytes).map_err(|e| format!("cannot write {}: {e}", path.display()))
            }
            None => {
                render::print_bytes(&bytes);
                Ok(())
            }
        });
        match written {
            Ok(()) => Outcome::Well,
            Err(reason) => {
                render::problem(&reason, "name a file that can be written with --output");
                Outcome::Bad
            }
        }
    }
}
