use std::path::PathBuf;

use clap::ValueEnum;
use mu_figure::{draw, pdf, png};
use mu_numbers::Measurements;
use mu_store::Store;

use crate::disk::store_of;
use crate::{Outcome, StoreOption, load, render};

#[derive(clap::Args)]
pub(crate) struct Figure {
    /// The file
    file: PathBuf,
    /// The figure [default: all of them]
    name: Option<String>,
    /// How it is written: drawings to NAME.svg, NAME.png or NAME.pdf, numbers to standard output
    #[arg(long, value_enum, default_value = "svg")]
    format: FigureFormat,
    /// The folder that drawings go to
    #[arg(long, short, default_value = ".")]
    output: PathBuf,
    #[command(flatten)]
    store: StoreOption,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum FigureFormat {
    Svg,
    Png,
    Pdf,
    Csv,
}

impl Figure {
    pub(crate) fn run(self) -> Outcome {
        let store = Store::read_only(&store_of(&self.file, self.store.store.as_deref()));
        let Some(loaded) = load::plan(&self.file, &store) else { return Outcome::Bad };
        let program = &loaded.checked.program;
        let names: Vec<&str> = program.figures.iter().map(|f| f.name.as_str()).collect();
        if !load::has(&self.file, "figure", self.name.as_deref(), &names) {
            return Outcome::Bad;
        }
        let measurements = Measurements::read(program, &loaded.plan, &store);
        for figure in program.figures.iter().filter(|f| self.name.as_ref().is_none_or(|n| f.name == *n)) {
            let drawn = draw(figure, &measurements);
            if self.format == FigureFormat::Csv {
                render::print(&drawn.csv());
                continue;
            }
            let (ending, bytes) = match self.format {
                FigureFormat::Png => ("png", drawn.svg().and_then(|svg| png(&svg))),
                FigureFormat::Pdf => ("pdf", drawn.svg().and_then(|svg| pdf(&svg))),
                _ => ("svg", drawn.svg().map(String::into_bytes)),
            };
            let path = self.output.join(format!("{}.{ending}", drawn.name));
            let written = bytes.and_then(|bytes| std::fs::write(&path, bytes).map_err(|e| e.to_string()));
            if let Err(reason) = written {
                render::problem(
                    &format!("cannot write {}: {reason}", path.display()),
                    "name a folder with --output",
                );
                return Outcome::Bad;
            }
            render::print(&format!("{}\n", path.display()));
        }
        Outcome::Well
    }
}
