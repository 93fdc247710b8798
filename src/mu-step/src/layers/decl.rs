//! What is known of a tensor before it is there.

use serde::{Deserialize, Serialize};

/// The law of a fresh tensor. Fans are PyTorch's: the sizes of a weight's second and first axis, times its kernel.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Init {
    /// 0
    Zeros,
    /// 1
    Ones,
    /// N(0, 2 / fan-in) (He et al. 2015).
    HeFanIn,
    /// N(0, 2 / fan-out).
    HeFanOut,
    /// Uniform in ±1/√fan-in: PyTorch's default.
    FanIn,
    /// Uniform in ±√(6 / (fan-in + fan-out)) (Glorot and Bengio 2010).
    Xavier,
    /// N(0, 1 / fan-in) (LeCun et al. 1998).
    Lecun,
    /// N(0, std²)
    Normal {
        /// Standard deviation.
        std: f64,
    },
    /// What the file has that the layer is from.
    Kept,
}

/// A tensor of a layer.
#[derive(Clone, Debug, PartialEq)]
pub struct TensorDecl {
    /// `layer1.0.conv1.weight`
    pub name: String,
    /// Its sizes.
    pub shape: Vec<i64>,
    /// How a fresh one is drawn.
    pub init: Init,
    /// Fan-in and fan-out of the layer's weight.
    pub fans: [f64; 2],
    /// Whether it is a running statistic: kept with the parameters, moved by no gradient.
    pub statistic: bool,
}
