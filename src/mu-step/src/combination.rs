//! Arithmetic of weights: sums of multiples of models.

use serde::{Deserialize, Serialize};

/// A model's weights, so many times. A list of them is their sum, running statistics included; variances are kept at 0 or above.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Multiple {
    /// How many times.
    pub factor: f64,
    /// Of what.
    pub of: Weights,
}

/// Weights that arithmetic is done with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "weights", rename_all = "snake_case")]
pub enum Weights {
    /// Those of the original model.
    Original,
    /// Those of the fresh initialisation that is a teacher as well.
    Scratch,
    /// The network's at this moment.
    Present,
    /// Those of a model that the method made on the side, by its number.
    Aside {
        /// Which.
        model: usize,
    },
    /// In each entry the mean of sums, where all of them have one sign, and 0 elsewhere (NegMerge, Kim et al. 2024).
    Consensus {
        /// The sums.
        of: Vec<Vec<Multiple>>,
    },
}

impl Weights {
    /// Whether the original model is read.
    #[must_use]
    pub fn reads_original(&self) -> bool {
        match self {
            Weights::Original => true,
            Weights::Scratch | Weights::Present | Weights::Aside { .. } => false,
            Weights::Consensus { of } => of.iter().flatten().any(|m| m.of.reads_original()),
        }
    }

    /// Whether the fresh initialisation is read.
    #[must_use]
    pub fn reads_scratch(&self) -> bool {
        match self {
            Weights::Scratch => true,
            Weights::Original | Weights::Present | Weights::Aside { .. } => false,
            Weights::Consensus { of } => of.iter().flatten().any(|m| m.of.reads_scratch()),
        }
    }
}
