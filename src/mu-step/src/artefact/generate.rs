//! Of the steps `generate` and `judge`: images of a denoiser, and what a classifier says of them.

use serde::{Deserialize, Serialize};

use super::data::PartFiles;
use super::file::{Array, Record};
use super::outputs::Answers;

/// The images, by condition and in each by number; their labels are the conditions.
pub const GENERATED: PartFiles =
    PartFiles { images: "generated.images", labels: Array::new("conditions.npy"), digests: "generated.b3" };

/// How many images there are, and of which size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GeneratedShape {
    /// 1 for grey, 3 for colour.
    pub channels: i64,
    /// The side of the images, px.
    pub side: i64,
    /// Images in all.
    pub images: usize,
}

impl Record for GeneratedShape {
    const FILE: &'static str = "generated.json";
}

/// The parts of a `judge` step's outputs: images of conditions that are forgotten whole, and of the others. Each has `PART.logits`,
/// float32 [n, classes], `PART.labels` and `PART.index`, int64 [n], and `PART.features`, float32 [n, d]: what the judge's last linear
/// layer sees.
pub const JUDGED: [&str; 2] = ["forget", "retain"];

/// What a judge answers to images of conditions that are forgotten whole, and to the others. It lies beside the outputs, for reports to
/// judge how far the judge, and the denoiser, can be trusted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// Of the conditions that are forgotten whole.
    pub forget: Answers,
    /// Of the others.
    pub retain: Answers,
}

impl Record for Judged {
    const FILE: &'static str = "judged.json";
}
