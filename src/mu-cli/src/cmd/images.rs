use std::path::PathBuf;

use clap::ValueEnum;
use mu_diag::Problem;
use mu_figure::{HistogramOf, contact_sheet, forget_classes, generated_sheet, histogram, pdf, pictures, png};
use mu_step::StepKey;
use mu_store::Store;

use crate::session::Session;
use crate::store::StoreOption;
use crate::{Outcome, disk, points, render};

/// So many images are on a contact sheet where nobody says how many, and so many of each condition of a denoiser.
const SHEET: usize = 96;
const ROW: usize = 10;

/// Draw a point: the images of its forget set as a contact sheet, its classes beside those of a random set, or histograms of
/// its model's confidences or losses over forget, retain and test samples. Of a denoiser, histograms are of what the judge says of its
/// images, and `--of generated` writes these images: as one PNG with a row for each condition, or each as a PNG into a folder.
#[derive(clap::Args)]
pub(crate) struct Images {
    /// EXPERIMENT[axis=value, ..]
    point: String,
    /// The file
    file: PathBuf,
    /// What is drawn; a contact sheet is a PNG
    #[arg(long, value_enum, default_value_t = What::Images)]
    of: What,
    /// The drawing: NAME.png, NAME.svg or NAME.pdf; or a folder, for the images of a denoiser
    #[arg(long, short)]
    output: PathBuf,
    /// Images on a contact sheet at most [default: 96]; of a denoiser, images of each condition [default: 10 on a sheet, all in a folder]
    #[arg(short, long, value_parser = clap::value_parser!(u32).range(1..))]
    number: Option<u32>,
    #[command(flatten)]
    store: StoreOption,
}

/// What is drawn.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum What {
    Images,
    Generated,
    Classes,
    Confidences,
    Losses,
}

impl Images {
    pub(crate) fn run(self) -> Result<Outcome, Problem> {
        let session = Session::open(&self.file, &self.store)?;
        let store = session.store();
        let (made, spec) = points::made(&session, &self.point)?;
        if self.of == What::Generated {
            let help = "its model is a classifier: `--of images` draws the forget set";
            let none = || Problem::new("this point has no generated images", help);
            return self.generated(store, made.generated.ok_or_else(none)?);
        }
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
            What::Images | What::Generated => None,
            What::Classes => Some(forget_classes(store, spec.data, made.forget, &self.point)),
            What::Confidences => Some(of(HistogramOf::Confidence)),
            What::Losses => Some(of(HistogramOf::Loss)),
        };
        let bytes = match svg {
            None => contact_sheet(store, spec.data, made.forget, self.most(SHEET)),
            Some(svg) => svg.and_then(convert),
        };
        let bytes = bytes.map_err(|reason| Problem::new(reason, "`mu run` computes it"))?;
        disk::write(&self.output, &bytes, "name another file")?;
        Ok(Outcome::Well)
    }

    fn most(&self, otherwise: usize) -> usize {
        self.number.map_or(otherwise, |n| usize::try_from(n).unwrap_or(usize::MAX))
    }

    /// A denoiser's images: a sheet, or a folder with a folder for each condition.
    fn generated(&self, store: &Store, key: StepKey) -> Result<Outcome, Problem> {
        let unread = |reason| Problem::new(reason, "`mu run` makes them");
        match self.output.extension() {
            Some(ending) if ending == "png" => {
                let bytes = generated_sheet(store, key, self.most(ROW)).map_err(unread)?;
                disk::write(&self.output, &bytes, "name another file")?;
            }
            None => {
                let pictures = pictures(store, key, self.most(usize::MAX)).map_err(unread)?;
                let (conditions, images) = (
                    pictures.iter().map(|(condition, ..)| *condition).max().unwrap_or(0),
                    pictures.iter().map(|(_, number, _)| *number).max().unwrap_or(0),
                );
                let width = |most: String| most.len();
                let (wide, long) = (width(conditions.to_string()), width(images.to_string()));
                for (condition, number, bytes) in &pictures {
                    let folder = self.output.join(format!("{condition:0wide$}"));
                    let help = "name another folder";
                    std::fs::create_dir_all(&folder).map_err(|e| disk::cannot_write(&folder, e, help))?;
                    disk::write(&folder.join(format!("{number:0long$}.png")), bytes, help)?;
                }
                render::print(&format!("{} images below {}\n", pictures.len(), self.output.display()));
            }
            Some(_) => {
                let message = "images of a denoiser are one NAME.png, or a folder";
                return Err(Problem::new(message, "name it so: a folder's name has no ending"));
            }
        }
        Ok(Outcome::Well)
    }
}
