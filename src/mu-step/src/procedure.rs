//! An unlearning method as data: what its text says, with every value settled.

use serde::{Deserialize, Serialize};

/// A method: where it starts and what it does, in order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Procedure {
    /// The weights it starts from.
    pub start: Start,
    /// What it does.
    pub actions: Vec<Action>,
}

/// The weights a method starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// The original model, trained on forget and retain set.
    Original,
    /// A fresh initialisation.
    Scratch,
}

/// One action of a method.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// From here on only these parameters move.
    Update {
        /// Which.
        only: ParameterSet,
    },
    /// Draws these parameters anew.
    Reinit {
        /// Which.
        parameters: ParameterSet,
    },
    /// Gradient steps over sets.
    Repeat(Repeat),
}

/// A set of parameters, by layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "set", rename_all = "snake_case")]
pub enum ParameterSet {
    /// All of them.
    All,
    /// Those of the last `layers` convolution or linear layers, and of what lies behind the first of these.
    Last {
        /// How many.
        layers: usize,
    },
    /// Those before, and of, the first `layers` convolution or linear layers.
    First {
        /// How many.
        layers: usize,
    },
}

/// Passes over sets with gradient steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Repeat {
    /// How many passes.
    pub epochs: usize,
    /// The sets, shuffled together.
    pub over: Vec<Set>,
    /// Samples per step.
    pub batch: usize,
    /// What is minimised: the mean over the batch of the sum of these terms.
    pub loss: Vec<LossTerm>,
    /// How the parameters move.
    pub optimizer: Optimizer,
    /// Whether images are seen without augmentation.
    pub clean: bool,
    /// Whether the network runs in evaluation mode: batch norm by its running statistics.
    pub evaluation: bool,
}

/// A number of samples, absolute or relative.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Budget {
    /// A share of the training samples, in 0..1.
    Share(f64),
    /// So many samples.
    Samples(usize),
}

impl Budget {
    /// The number of samples out of `of` (a share is rounded to the nearest).
    #[must_use]
    pub fn samples(self, of: usize) -> usize {
        match self {
            Budget::Share(share) => (share * of as f64).round() as usize,
            Budget::Samples(n) => n,
        }
    }
}

/// The two parts of the training set. Sample i belongs to `Forget` with weight w_i and to `Retain` with 1 − w_i.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Set {
    /// What must be unlearned.
    Forget,
    /// The rest.
    Retain,
}

/// coefficient · weight_i(set) · cross-entropy of sample i.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LossTerm {
    /// Its factor.
    pub coefficient: f64,
    /// The set whose membership weighs it.
    pub set: Set,
    /// The labels it is taken against.
    pub labels: Labels,
    /// How a batch's losses become one.
    pub reduction: Reduction,
}

/// How a batch's losses become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reduction {
    /// Divided by the number of samples in the batch.
    Mean,
    /// Added up.
    Sum,
}

/// Labels for the cross-entropy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Labels {
    /// The data set's own.
    True,
    /// Drawn uniformly over all classes, anew each epoch; the true one may come up.
    Random,
    /// Drawn uniformly over the classes that are not the true one, anew each epoch.
    Other,
}

/// An optimizer with its learning-rate schedule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Optimizer {
    /// The update rule.
    pub rule: Rule,
    /// Learning rate before the schedule.
    pub lr: f64,
    /// How the learning rate changes by epoch.
    pub schedule: Schedule,
}

/// An update rule; g is the gradient, θ the parameter, η the learning rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum Rule {
    /// g += weight_decay·θ; v = momentum·v + g; θ −= η·v (PyTorch's form, no dampening).
    Sgd {
        /// Momentum.
        momentum: f64,
        /// L2 coefficient.
        weight_decay: f64,
    },
    /// θ −= η·sign(g)
    SignSgd,
}

/// A factor on the learning rate, by epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "schedule", rename_all = "snake_case")]
pub enum Schedule {
    /// Always 1.
    Constant,
    /// `factor` to the number of milestones reached.
    Steps {
        /// Epochs, counted from 0, from which the next factor holds.
        at: Vec<usize>,
        /// The factor of each.
        factor: f64,
    },
    /// ½(1 + cos(π·epoch/epochs)).
    Cosine,
}

impl Schedule {
    /// The factor in an epoch (from 0) out of `epochs`.
    #[must_use]
    pub fn factor(&self, epoch: usize, epochs: usize) -> f64 {
        match self {
            Schedule::Constant => 1.0,
            Schedule::Steps { at, factor } => factor.powi(at.iter().filter(|m| epoch >= **m).count() as i32),
            Schedule::Cosine => {
                0.5 * (1.0 + (std::f64::consts::PI * epoch as f64 / epochs.max(1) as f64).cos())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_multiply_at_their_milestones() {
        let steps = Schedule::Steps { at: vec![10, 15], factor: 0.1 };
        let factors: Vec<f64> = [0, 9, 10, 14, 15].iter().map(|e| steps.factor(*e, 20)).collect();
        for (got, want) in factors.iter().zip([1.0, 1.0, 0.1, 0.1, 0.01]) {
            assert!((got - want).abs() < 1e-12, "{factors:?}");
        }
        assert!((Schedule::Cosine.factor(10, 20) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn a_share_rounds_to_the_nearest_sample() {
        assert_eq!(Budget::Share(0.1).samples(1294), 129);
        assert_eq!(Budget::Samples(7).samples(3), 7);
    }
}
