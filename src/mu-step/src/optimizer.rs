//! How parameters move: update rules.

use serde::{Deserialize, Serialize};

use crate::{LossTerm, Schedule};

/// An optimizer with its learning-rate schedule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Optimizer {
    /// The update rule.
    pub rule: Rule,
    /// Learning rate before the schedule.
    pub lr: f64,
    /// How the learning rate changes.
    pub schedule: Schedule,
    /// What is done to the gradient before the rule sees it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clip: Option<Clip>,
    /// How many batches' gradients are averaged before a step; each batch has its own where it does not say. What is left where an
    /// epoch or the phase ends is a step of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accumulate: Option<usize>,
    /// Where the gradient of a batch is taken; at the weights themselves where it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sam: Option<Sam>,
}

/// Sharpness-aware minimisation (Foret et al. 2021): the gradient is taken at θ + rho·g / (|g| + 1e-12), where g is another gradient by all that
/// moves, and the step is made from θ. Running statistics move by the pass at θ alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sam {
    /// How far.
    pub rho: f64,
    /// The loss whose gradient is g; that of the phase where it does not say.
    pub along: Option<Vec<LossTerm>>,
}

impl Optimizer {
    /// A rule with nothing around it.
    #[must_use]
    pub fn of(rule: Rule, lr: f64, schedule: Schedule) -> Self {
        Self { rule, lr, schedule, clip: None, accumulate: None, sam: None }
    }

    /// The terms of the loss along which SAM moves.
    pub fn along(&self) -> impl Iterator<Item = &LossTerm> {
        self.sam.iter().filter_map(|sam| sam.along.as_ref()).flatten()
    }
}

/// A bound on the gradient, before weight decay.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clip {
    /// All gradients together are scaled to this L2 norm where theirs is larger (PyTorch's `clip_grad_norm_`).
    Norm(f64),
    /// Each entry is kept within ± this (PyTorch's `clip_grad_value_`).
    Value(f64),
}

/// An update rule; g is the gradient, θ the parameter, η the learning rate, t counts the parameter's steps from 1. Each is in the
/// form of PyTorch's class of that name.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum Rule {
    /// g += weight_decay·θ; v = momentum·v + (1 − dampening)·g, in the first step v = g; θ −= η·v, with `nesterov`
    /// θ −= η·(g + momentum·v).
    Sgd {
        /// Momentum.
        momentum: f64,
        /// L2 coefficient.
        weight_decay: f64,
        /// How much less the gradient counts beside the momentum.
        #[serde(default, skip_serializing_if = "is_zero")]
        dampening: f64,
        /// Whether the momentum is looked at one step ahead (Nesterov 1983, in the form of Sutskever et al. 2013).
        #[serde(default, skip_serializing_if = "is_false")]
        nesterov: bool,
    },
    /// θ −= η·sign(g)
    SignSgd,
    /// m = β₁m + (1 − β₁)g; v = β₂v + (1 − β₂)g²; θ −= η·(m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε) (Kingma and Ba 2015).
    Adam {
        /// β₁.
        beta1: f64,
        /// β₂.
        beta2: f64,
        /// ε.
        epsilon: f64,
        /// Of the L2 term.
        weight_decay: f64,
        /// Whether weight decay is θ −= η·weight_decay·θ, apart from the gradient (AdamW: Loshchilov and Hutter 2019); otherwise
        /// g += weight_decay·θ.
        decoupled: bool,
    },
    /// g += weight_decay·θ; v = αv + (1 − α)g²; θ −= η·b with b = momentum·b + g / (√v + ε); where `centered`, v less the square of
    /// the running mean of g (Hinton 2012).
    Rmsprop {
        /// α.
        alpha: f64,
        /// ε.
        epsilon: f64,
        /// Momentum.
        momentum: f64,
        /// L2 coefficient.
        weight_decay: f64,
        /// Whether the mean is taken off.
        centered: bool,
    },
    /// g += weight_decay·θ; v += g²; θ −= η / (1 + (t − 1)·lr_decay) · g / (√v + ε) (Duchi et al. 2011).
    Adagrad {
        /// Decay of the learning rate by step.
        lr_decay: f64,
        /// ε.
        epsilon: f64,
        /// L2 coefficient.
        weight_decay: f64,
        /// The first v.
        initial: f64,
    },
    /// θ −= η·weight_decay·θ; θ −= η·sign(β₁m + (1 − β₁)g); m = β₂m + (1 − β₂)g (Chen et al. 2023).
    Lion {
        /// β₁.
        beta1: f64,
        /// β₂.
        beta2: f64,
        /// Decoupled weight decay.
        weight_decay: f64,
    },
}

impl Rule {
    /// SGD without dampening and without looking ahead.
    #[must_use]
    pub fn sgd(momentum: f64, weight_decay: f64) -> Self {
        Rule::Sgd { momentum, weight_decay, dampening: 0.0, nesterov: false }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for this form")]
fn is_zero(x: &f64) -> bool {
    *x == 0.0
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for this form")]
fn is_false(x: &bool) -> bool {
    !*x
}
