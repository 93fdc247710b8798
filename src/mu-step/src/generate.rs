//! Steps of generative models: images of a denoiser, and what a judge says of images.

use serde::{Deserialize, Serialize};

use crate::{LayerGraph, Sampling, Shared, StepKey, View};

/// The loss of a sample under a denoiser is its mean over so many draws of a time and of noise.
pub const LOOKS: usize = 10;

/// Make images of a denoiser, so many for each condition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GenerateSpec {
    /// The denoiser.
    pub model: StepKey,
    /// Its network.
    pub graph: Shared<LayerGraph>,
    /// How network input becomes pixels.
    pub view: Shared<View>,
    /// How they are made.
    pub sampling: Sampling,
    /// Of the noise.
    pub seed: u64,
}

/// What a classifier says of images: of a denoiser's, or of the data set's test images beside which they are seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JudgeSpec {
    /// The data, whose classes are the conditions.
    pub data: StepKey,
    /// Which of its samples train.
    pub split: StepKey,
    /// What is forgotten: a condition is where all training samples of its class are.
    pub forget: StepKey,
    /// The denoiser's images; the data set's own test images where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generated: Option<StepKey>,
    /// The classifier.
    pub model: StepKey,
    /// Its network.
    pub graph: Shared<LayerGraph>,
    /// How images become its input.
    pub view: Shared<View>,
}
