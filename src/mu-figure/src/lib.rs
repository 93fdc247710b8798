//! Drawings: figures of numbers, courses of trainings, forget sets and histograms of a model's outputs. As SVG; with the feature
//! `pdf` as PNG and PDF too.

mod chart;
#[cfg(feature = "pdf")]
mod convert;
mod curves;
mod figure;
mod pictures;
#[cfg(not(feature = "pdf"))]
mod without;

#[cfg(feature = "pdf")]
pub use convert::{pdf, png};
pub use curves::{HistogramOf, histogram, histograms_of, of_trainings};
pub use figure::{Curve, Dot, Drawn, draw};
pub use pictures::{ForgetSet, contact_sheet, forget_classes, forget_sets};
#[cfg(not(feature = "pdf"))]
pub use without::{pdf, png};

use mu_diag::Problem;

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
