use std::path::{Path, PathBuf};

use clap::ValueEnum;
use mu_figure::{HistogramOf, contact_sheet, forget_classes, histogram, pdf, png};
use mu_store::Store;

use crate::disk::store_of;
use crate::{Outcome, StoreOption, load, render};

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
    pub(crate) fn run(self) -> Outcome {
        let store = Store::read_only(&store_of(&self.file, self.store.store.as_deref()));
        let Some(loaded) = load::plan(&self.file, &store) else { return Outcome::Bad };
        let drawn: Result<Vec<u8>, (String, String)> =
            super::point::made(&loaded, &self.point).and_then(|(made, spec)| {
                let ending = self.output.extension().unwrap_or_default();
                let convert: fn(String) -> Result<Vec<u8>, String> = match ending.to_string_lossy().as_ref() {
                    "png" => |svg| png(&svg),
                    "svg" if self.of != What::Images => |svg| Ok(svg.into_bytes()),
                    "pdf" if self.of != What::Images => |svg| pdf(&svg),
                    _ => {
                        let message = "drawings are NAME.png, NAME.svg or NAME.pdf, contact sheets NAME.png";
                        return Err((message.to_owned(), "name it so".to_owned()));
                    }
                };
                let of = |what| histogram(&store, made, what, &self.point);
                let svg = match self.of {
                    What::Images => None,
                    What::Classes => Some(forget_classes(&store, spec.data, made.forget, &self.point)),
                    What::Confidences => Some(of(HistogramOf::Confidence)),
                    What::Losses => Some(of(HistogramOf::Loss)),
                };
                let bytes = match svg {
                    None => contact_sheet(&store, spec.data, made.forget, usize::from(self.number)),
                    Some(svg) => svg.and_then(convert),
                };
                bytes.map_err(|reason| (reason, "`mu run` computes it".to_owned()))
            });
        let written = drawn.and_then(|bytes| write(&self.output, &bytes));
        match written {
            Ok(()) => Outcome::Well,
            Err((message, help)) => {
                render::problem(&message, &help);
                Outcome::Bad
            }
        }
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), (String, String)> {
    std::fs::write(path, bytes)
        .map_err(|e| (format!("cannot write {}: {e}", path.display()), "name another file".to_owned()))
}
