use std::path::PathBuf;

use clap::ValueEnum;
use mu_diag::Problem;
use mu_figure::{Drawing, draw, pdf, png};

use crate::session::Session;
use crate::store::StoreOption;
use crate::{Outcome, disk, render};

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
    pub(crate) fn run(self) -> Result<Outcome, Problem> {
        if matches!(self.format, FigureFormat::Png | FigureFormat::Pdf) {
            mu_figure::has_pdf()?;
        }
        let session = Session::open(&self.file, &self.store)?;
        let program = session.program();
        let names: Vec<&str> = program.figures.iter().map(|f| f.name.as_str()).collect();
        session.has("figure", self.name.as_deref(), &names)?;
        let numbers = session.numbers();
        for figure in program.figures.iter().filter(|f| self.name.as_ref().is_none_or(|n| f.name == *n)) {
            let drawn = draw(figure, program, session.plan(), session.store(), &numbers);
            if self.format == FigureFormat::Csv {
                match &drawn {
                    Drawing::Numbers(drawn) => render::print(&drawn.csv()),
                    Drawing::Samples(_) if self.name.is_none() => {}
                    Drawing::Samples(_) => {
                        let message = format!("`{}` shows images, and has no numbers", figure.name);
                        let help = "write it with `--format svg`, `png` or `pdf`";
                        return Err(Problem::new(message, help));
                    }
                }
                continue;
            }
            let (ending, bytes) = match self.format {
                FigureFormat::Png => ("png", drawn.svg().and_then(|svg| png(&svg))),
                FigureFormat::Pdf => ("pdf", drawn.svg().and_then(|svg| pdf(&svg))),
                _ => ("svg", drawn.svg().map(String::into_bytes)),
            };
            let path = self.output.join(format!("{}.{ending}", figure.name));
            let help = "name a folder with --output";
            let bytes = bytes.map_err(|reason| disk::cannot_write(&path, reason, help))?;
            disk::write(&path, &bytes, help)?;
            render::print(&format!("{}\n", path.display()));
        }
        Ok(Outcome::Well)
    }
}
