use std::path::PathBuf;

use clap::ValueEnum;
use mu_diag::Problem;
use mu_interop::results::parquet;
use mu_numbers::{ResultsFormat, results};

use crate::session::Session;
use crate::store::StoreOption;
use crate::{Outcome, disk, render};

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
    pub(crate) fn run(self) -> Result<Outcome, Problem> {
        let session = Session::open(&self.file, &self.store)?;
        let results = results(session.program(), &session.numbers());
        let help = "name a file that can be written with --output";
        let bytes = match self.format {
            LongFormat::Csv => results.export(ResultsFormat::Csv).into_bytes(),
            LongFormat::Json => results.export(ResultsFormat::Json).into_bytes(),
            LongFormat::Parquet => parquet(&results).map_err(|reason| Problem::new(reason, help))?,
        };
        match &self.output {
            Some(path) => disk::write(path, &bytes, help)?,
            None => render::print_bytes(&bytes),
        }
        Ok(Outcome::Well)
    }
}
