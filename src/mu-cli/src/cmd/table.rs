use std::path::PathBuf;

use clap::ValueEnum;
use mu_diag::Problem;
use mu_table::{Format, tables};

use crate::session::Session;
use crate::store::StoreOption;
use crate::{Outcome, render};

#[derive(clap::Args)]
pub(crate) struct Table {
    /// The file
    file: PathBuf,
    /// The table [default: all of them]
    name: Option<String>,
    /// How it is written
    #[arg(long, value_enum, default_value = "text")]
    format: TableFormat,
    #[command(flatten)]
    store: StoreOption,
}

#[derive(Clone, Copy, ValueEnum)]
enum TableFormat {
    Text,
    Md,
    Tex,
    Siunitx,
    Csv,
    Json,
    Html,
}

impl Table {
    pub(crate) fn run(self) -> Result<Outcome, Problem> {
        let session = Session::open(&self.file, &self.store)?;
        let program = session.program();
        let names: Vec<&str> = program.tables.iter().map(|t| t.name.as_str()).collect();
        session.has("table", self.name.as_deref(), &names)?;
        let format = match self.format {
            TableFormat::Text => Format::Text,
            TableFormat::Md => Format::Markdown,
            TableFormat::Tex => Format::Latex,
            TableFormat::Siunitx => Format::Siunitx,
            TableFormat::Csv => Format::Csv,
            TableFormat::Json => Format::Json,
            TableFormat::Html => Format::Html,
        };
        render::print(&tables(program, &session.numbers(), self.name.as_deref(), format));
        Ok(Outcome::Well)
    }
}
