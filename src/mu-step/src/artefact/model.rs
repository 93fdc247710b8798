//! Of the steps `train`, `unlearn`, `load` and `module`: a model, and what it took.

use serde::{Deserialize, Serialize};

use super::file::{Record, TensorFile};

/// Parameters and statistics in float32, by torchvision's names where it has the network.
pub const MODEL: TensorFile = TensorFile { file: "model.safetensors" };

/// A TorchScript module, or a file of a program.
pub const MODULE: &str = "module.pt";

/// What a procedure took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Wall time of the procedure alone, without loading and storing, seconds.
    pub seconds: f64,
    /// Passes over its sets, and the part of those that were not gone through.
    pub epochs: f64,
    /// Samples that went through the network.
    pub samples: usize,
    /// Multiplications and additions, of convolutions and linear layers, the backward pass counted as two forward passes.
    #[serde(default)]
    pub flops: f64,
    /// Whether a program had a part in it that did not say what it took: epochs, samples and operations are not known then.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unsaid: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// What a program wrote while it ran, both of its streams in the order of their lines; only of steps that ran one.
pub const OUTPUT: &str = "output.txt";

impl Record for Cost {
    const FILE: &'static str = "cost.json";
}

/// The epochs of a procedure, in order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Log(pub Vec<Epoch>);

impl Record for Log {
    const FILE: &'static str = "log.json";
}

/// An epoch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// Of which phase, from 0.
    pub phase: usize,
    /// Its number in the phase, from 0.
    pub epoch: usize,
    /// Learning rate.
    pub lr: f64,
    /// Mean of what was minimised, per sample.
    pub loss: f64,
    /// Of the images as they were seen on the way, the share whose class came out right, in %; a denoiser has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<f64>,
}
