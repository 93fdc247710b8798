//! What the best of several states of a network is told by.

use serde::{Deserialize, Serialize};

use crate::LossTerm;

/// A number that a network is judged by: the smaller, the better.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "criterion", rename_all = "snake_case")]
pub enum Criterion {
    /// A number.
    Number {
        /// Which.
        value: f64,
    },
    /// A loss over all samples of a set, in evaluation mode and without augmentation.
    Loss {
        /// The samples; they stand in the place of the set that the terms name.
        over: Samples,
        /// The loss: the sum of these.
        terms: Vec<LossTerm>,
    },
    /// The sum of others.
    Sum {
        /// Which.
        of: Vec<Criterion>,
    },
    /// Another one, so many times.
    Scaled {
        /// How many times.
        factor: f64,
        /// Which.
        of: Box<Criterion>,
    },
    /// The absolute value of another one.
    Abs {
        /// Which.
        of: Box<Criterion>,
    },
}

/// Samples that a method may be judged on while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Samples {
    /// What must be unlearned.
    Forget,
    /// The rest of the training samples.
    Retain,
    /// What the split holds out for decisions.
    Validation,
}

impl Criterion {
    /// Its losses, each with the samples that it is taken over.
    pub fn losses(&self) -> Vec<(Samples, &[LossTerm])> {
        match self {
            Criterion::Number { .. } => Vec::new(),
            Criterion::Loss { over, terms } => vec![(*over, terms.as_slice())],
            Criterion::Sum { of } => of.iter().flat_map(Criterion::losses).collect(),
            Criterion::Scaled { of, .. } | Criterion::Abs { of } => of.losses(),
        }
    }
}

/// How often a sample goes through a network for a loss, in forward passes.
#[must_use]
pub fn passes(terms: &[LossTerm]) -> f64 {
    // Nothing is differentiated by the weights.
    let of = |t: &LossTerm| -> f64 {
        t.quantity.expressions().map(|e| e.passes()).map(|(own, frozen)| own + frozen).sum()
    };
    // A denoiser is asked where the loss says so, and nowhere else.
    let plain = if terms.iter().any(|t| t.quantity.denoises()) { 0.0 } else { 1.0 };
    plain + terms.iter().map(of).sum::<f64>()
}
