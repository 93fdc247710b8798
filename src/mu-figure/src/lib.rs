//! Drawings: figures of numbers, courses of trainings, forget sets and histograms of a model's outputs. As SVG; with the feature
//! `pdf` as PNG and PDF too.

mod chart;
#[cfg(feature = "pdf")]
mod convert;
mod curves;
mod figure;
mod pictures;
mod samples;
mod sheet;
#[cfg(not(feature = "pdf"))]
mod without;

#[cfg(feature = "pdf")]
pub use convert::{pdf, png};
pub use curves::{HistogramOf, histogram, histograms_of, of_trainings};
pub use figure::{Curve, Dot, Drawn};
pub use pictures::{ForgetSet, contact_sheet, forget_classes, forget_sets};
pub use samples::{Grid, Row, generated_sheet, pictures, samples_of};
#[cfg(not(feature = "pdf"))]
pub use without::{pdf, png};

use mu_check::{Figure, Program, Shows};
use mu_diag::Problem;
use mu_numbers::Measurements;
use mu_plan::Plan;
use mu_store::Store;

/// Whether this build draws PNG and PDF.
///
/// # Errors
/// Where it was built without the feature `pdf`.
pub fn has_pdf() -> Result<(), Problem> {
    if cfg!(feature = "pdf") {
        return Ok(());
    }
    let help = "build it with that feature (`cargo build --release -p mu-cli --features pdf`), or write SVG";
    Err(Problem::new("this mu was built without its feature `pdf`, which draws PNG and PDF", help))
}

/// A figure with what the store has of it.
pub enum Drawing {
    /// A metric.
    Numbers(Drawn),
    /// Images of denoisers.
    Samples(Grid),
}

/// What the store has of a figure.
#[must_use]
pub fn draw(
    figure: &Figure,
    program: &Program,
    plan: &Plan,
    store: &Store,
    numbers: &Measurements<'_>,
) -> Drawing {
    match &figure.shows {
        Shows::Numbers(shown) => Drawing::Numbers(figure::draw(figure, shown, numbers)),
        Shows::Samples(shown) => Drawing::Samples(samples::draw(figure, shown, program, plan, store)),
    }
}

impl Drawing {
    /// As SVG.
    ///
    /// # Errors
    /// In words, where the drawing library refuses.
    pub fn svg(&self) -> Result<String, String> {
        match self {
            Drawing::Numbers(drawn) => drawn.svg(),
            Drawing::Samples(grid) => Ok(grid.svg()),
        }
    }
}
