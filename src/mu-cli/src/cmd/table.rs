use std::path::PathBuf;

use clap::ValueEnum;
use mu_check::Program;
use mu_numbers::Measurements;
use mu_store::Store;
use mu_table::{Format, export, fill};

use crate::disk::store_of;
use crate::{Outcome, StoreOption, load, render};

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
    pub(crate) fn run(self) -> Outcome {
        let store = Store::read_only(&store_of(&self.file, self.store.store.as_deref()));
        let Some(loaded) = load::plan(&self.file, &store) else { return Outcome::Bad };
        let (checked, plan) = (&loaded.checked, &loaded.plan);
        let program = &checked.program;
        let names: Vec<&str> = program.tables.iter().map(|t| t.name.as_str()).collect();
        if !load::has(&self.file, "table", self.name.as_deref(), &names) {
            return Outcome::Bad;
        }
        let measurements = Measurements::read(program, plan, &store);
        let format = match self.format {
            TableFormat::Text => Format::Text,
            TableFormat::Md => Format::Markdown,
            TableFormat::Tex => Format::Latex,
            TableFormat::Siunitx => Format::Siunitx,
            TableFormat::Csv => Format::Csv,
            TableFormat::Json => Format::Json,
            TableFormat::Html => Format::Html,
        };
        render::print(&tables(program, &measurements, self.name.as_deref(), format));
        Outcome::Well
    }
}

/// The tables of a program, or the one of a name, one after the other.
pub(crate) fn tables(
    program: &Program,
    measurements: &Measurements<'_>,
    name: Option<&str>,
    format: Format,
) -> String {
    let wanted = program.tables.iter().filter(|t| name.is_none_or(|n| t.name == n));
    let tables: Vec<String> = wanted.map(|t| export(&fill(t, measurements), format)).collect();
    // JSON: one table a line; the others with an empty line between.
    tables.join(if format == Format::Json { "" } else { "\n" })
}
