//! How parameters move: update rules, and learning rates by epoch.

use serde::{Deserialize, Serialize};

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
    Cosine {
        /// The epochs that half a cosine takes; those of the phase where it does not say.
        over: Option<usize>,
    },
    /// Up linearly to 1 in epoch `up`, counted from 1, then down to 0 behind the last.
    Triangle {
        /// The epoch of the peak.
        up: usize,
    },
}

impl Schedule {
    /// The factor in an epoch (from 0) out of `epochs`.
    #[must_use]
    pub fn factor(&self, epoch: usize, epochs: usize) -> f64 {
        match self {
            Schedule::Constant => 1.0,
            Schedule::Steps { at, factor } => factor.powi(at.iter().filter(|m| epoch >= **m).count() as i32),
            Schedule::Cosine { over } => {
                let of = over.unwrap_or(epochs).max(1);
                0.5 * (1.0 + (std::f64::consts::PI * epoch as f64 / of as f64).cos())
            }
            Schedule::Triangle { up } => {
                let (at, up, end) = ((epoch + 1) as f64, *up as f64, (epochs + 1) as f64);
                if at <= up { at / up } else { (end - at) / (end - up).max(1.0) }
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
        assert!((Schedule::Cosine { over: None }.factor(10, 20) - 0.5).abs() < 1e-12);
    }
}
