//! Of an `infer` step: a model's outputs, and what they say of the model.

use serde::{Deserialize, Serialize};

use super::file::{Record, TensorFile};

/// For each of [`PARTS`]: `PART.logits`, float32 [n, classes]; `PART.labels` and `PART.index`, the samples' numbers, int64 [n]. Of a denoiser
/// `PART.losses`, float64 [n], in the place of logits.
pub const OUTPUTS: TensorFile = TensorFile { file: "outputs.safetensors" };

/// The parts of the data that have outputs.
pub const PARTS: [&str; 3] = ["train", "validation", "test"];

/// Whether a model learned anything, and whether a method moved it. It lies beside the outputs, for reports to judge: what is
/// expected of a model is not the engine's to know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Health {
    /// Of the training samples, those to be forgotten among them.
    pub training: Answers,
    /// Of the test samples.
    pub test: Answers,
    /// What the model that the method started from answers to some of the training samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<Answers>,
    /// The largest difference of a logit to that model's, over all training, validation and test samples, as a share of
    /// that model's largest logit. Nothing where the parameters say already that the model moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<f64>,
}

impl Record for Health {
    const FILE: &'static str = "health.json";
}

/// What a model answers to some samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answers {
    /// How many of the answers are right.
    pub right: usize,
    /// Mean cross-entropy, in nats.
    pub loss: f64,
    /// How many samples each class has.
    pub classes: Vec<usize>,
    /// How often each class is the answer.
    pub predicted: Vec<usize>,
}

impl Answers {
    /// How many samples there are.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.classes.iter().sum()
    }

    /// The largest of some counts as a share of all, and whose it is.
    #[must_use]
    pub fn most(counts: &[usize]) -> Option<(usize, f64)> {
        let all: usize = counts.iter().sum();
        // Of equal counts the first.
        let (at, most) = counts.iter().enumerate().rev().max_by_key(|(_, n)| **n)?;
        (all > 0).then(|| (at, *most as f64 / all as f64))
    }
}
