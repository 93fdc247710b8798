use std::path::PathBuf;

use clap::ValueEnum;
use mu_diag::Problem;
use mu_figure::{HistogramOf, contact_sheet, forget_classes, histogram, pdf, png};

use crate::session::Session;
use crate::store::StoreOption;
use crate::{Outcome, disk, points};

/// Draw a point: the images of its forget set as a contact sheet, its classes beside those of a random set, or histograms of
/// its model's confidences or losses over forget, retain and test samples.
#[derive(clap::Args)]
pub(crate) struct Images {
    /// EXPERIMENT[axis=value, ..]
    point: String,
    /// The file
    file: PathBuf,
    /// What is drawn; a contact sheet is a PNG
    #[arg(long, value_enum, default_value_t = What::Images)]
    of: What,
    /// The drawing: NAME.png, NAME.svg or NAME.pdf
    #[arg(long, short)]
    output: PathBuf,
    /// Images on a contact sheet at most
    #[arg(short, long, default_value_t = 96, value_parser = clap::value_parser!(u16).range(1..))]
    number: u16,
    #[command(flatten)]
    store: StoreOption,
}

/// What is drawn.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum What {
    Images,
    Classes,
    Confidences,
    Losses,
}

impl Images {
    pub(crate) fn run(self) -> Result<Outcome, Problem> {
        let session = Session::open(&self.file, &self.store)?;
        let store = session.store();
        let (made, spec) = points::made(&session, &self.point)?;
        let ending = self.output.extension().unwrap_or_default();
        let convert: fn(String) -> Result<Vec<u8>, String> = match ending.to_string_lossy().as_ref() {
            "png" => |svg| png(&svg),
            "svg" if self.of != What::Images => |svg| Ok(svg.into_bytes()),
            "pdf" if self.of != What::Images => |svg| pdf(&svg),
            _ => {
                let message = "drawings are NAME.png, NAME.svg or NAME.pdf, contact sheets NAME.png";
                return Err(Problem::new(message, "name it so"));
            }
        };
        if self.of != What::Images && ending != "svg" {
            mu_figure::has_pdf()?;
        }
        let of = |what| histogram(store, made, what, &self.point);
        let svg = match self.of {
            What::Images => None,
            What::Classes => Some(forget_classes(store, spec.data, made.forget, &self.point)),
            What::Confidences => Some(of(HistogramOf::Confidence)),
            What::Losses => Some(of(HistogramOf::Loss)),
        };
        let bytes = match svg {
            None => contact_sheet(store, spec.data, made.forget, usize::from(self.number)),
            Some(svg) => svg.and_then(convert),
        };
        let bytes = bytes.map_err(|reason| Problem::new(reason, "`mu run` computes it"))?;
        disk::write(&self.output, &bytes, "name another file")?;
        Ok(Outcome::Well)
    }
}
