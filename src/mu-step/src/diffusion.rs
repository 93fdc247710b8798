//! Diffusion: how noise is mixed into images, and how images are made of noise again.

use serde::{Deserialize, Serialize};

/// How an image becomes noise, and what a denoiser is trained to tell. At time t an image x is a(t)·x + s(t)·e, where e is N(0, 1).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "diffusion", rename_all = "snake_case")]
pub enum Diffusion {
    /// Rectified flow (Liu et al., ICLR 2023): a = 1 − t, s = t, t in 0..1. The target is the velocity e − x.
    Flow {
        /// How a uniform number becomes a time.
        times: Times,
    },
    /// Denoising diffusion (Ho et al., NeurIPS 2020): a = √ᾱ, s = √(1 − ᾱ), t = 0, 1, …, steps − 1. The target is the noise e.
    Ddpm {
        /// How many times there are.
        steps: usize,
        /// How ᾱ falls.
        schedule: NoiseSchedule,
    },
}

/// How often each time of a flow is trained on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Times {
    /// All alike.
    Uniform,
    /// 1/(1 + exp(−n)), n of N(0, 1): the middle more often (Esser et al., ICML 2024).
    LogitNormal,
}

/// The variances β of a chain of noise; ᾱ is the product of 1 − β up to a time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "betas", rename_all = "snake_case")]
pub enum NoiseSchedule {
    /// β grows linearly (Ho et al. 2020).
    Linear {
        /// The first.
        from: f64,
        /// The last.
        to: f64,
    },
    /// √β grows linearly (Rombach et al., CVPR 2022).
    ScaledLinear {
        /// The first.
        from: f64,
        /// The last.
        to: f64,
    },
    /// ᾱ is f(t)/f(0), f = cos²((t/T + 0.008)/1.008 · π/2), β at most 0.999 (Nichol and Dhariwal, ICML 2021).
    Cosine,
}

impl std::fmt::Display for Diffusion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Diffusion::Flow { times: Times::Uniform } => f.write_str("flow"),
            Diffusion::Flow { times: Times::LogitNormal } => f.write_str("flow(times: logit_normal)"),
            Diffusion::Ddpm { steps, schedule } => write!(f, "ddpm({steps} steps, {schedule})"),
        }
    }
}

impl std::fmt::Display for NoiseSchedule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            NoiseSchedule::Linear { from, to } => write!(f, "linear({from}, {to})"),
            NoiseSchedule::ScaledLinear { from, to } => write!(f, "scaled_linear({from}, {to})"),
            NoiseSchedule::Cosine => f.write_str("cosine"),
        }
    }
}

impl Diffusion {
    /// Whether a denoiser that was trained by one serves for the other: the times that are trained on more often change nothing.
    #[must_use]
    pub fn is_alike(self, other: Diffusion) -> bool {
        match (self, other) {
            (Diffusion::Flow { .. }, Diffusion::Flow { .. }) => true,
            (one, other) => one == other,
        }
    }
}

impl NoiseSchedule {
    /// ᾱ at each of so many times.
    #[must_use]
    pub fn signal(self, steps: usize) -> Vec<f64> {
        let last = steps.saturating_sub(1).max(1) as f64;
        let way = |from: f64, to: f64, at: usize| from + (to - from) * at as f64 / last;
        let f = |at: usize| {
            ((at as f64 / steps as f64 + 0.008) / 1.008 * std::f64::consts::FRAC_PI_2).cos().powi(2)
        };
        let beta = |at: usize| match self {
            NoiseSchedule::Linear { from, to } => way(from, to, at),
            NoiseSchedule::ScaledLinear { from, to } => way(from.sqrt(), to.sqrt(), at).powi(2),
            NoiseSchedule::Cosine => (1.0 - f(at + 1) / f(at)).min(0.999),
        };
        let mut product = 1.0;
        let next = |at| {
            product *= 1.0 - beta(at);
            product
        };
        (0..steps).map(next).collect()
    }
}

/// How images are made of noise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sampling {
    /// What the denoiser was trained by.
    pub of: Diffusion,
    /// How a step goes.
    pub rule: SamplingRule,
    /// Steps from noise to an image.
    pub steps: usize,
    /// g in p(none) + g · (p(condition) − p(none)), of the predictions p: 1 leaves the condition alone (Ho and Salimans 2022).
    pub guidance: f64,
    /// Images for each condition.
    pub each: usize,
}

/// How a step from a time to an earlier one goes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum SamplingRule {
    /// Along the velocity at where it is: of a flow.
    Euler,
    /// Along the mean of that and of the velocity at where Euler's step leads: of a flow.
    Heun,
    /// Song et al., ICLR 2021: `eta` = 0 adds no noise, 1 as much as the chain of Ho et al.
    Ddim {
        /// η
        eta: f64,
    },
}

impl SamplingRule {
    /// How often the denoiser is asked in a step.
    #[must_use]
    pub fn evaluations(self) -> usize {
        match self {
            SamplingRule::Euler | SamplingRule::Ddim { .. } => 1,
            SamplingRule::Heun => 2,
        }
    }
}

impl Sampling {
    /// How often the denoiser is asked for one image.
    #[must_use]
    pub fn evaluations(&self) -> usize {
        let asked = self.steps * self.rule.evaluations();
        asked * if self.guidance == 1.0 { 1 } else { 2 }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::NoiseSchedule;

    #[derive(Deserialize)]
    struct Fixture {
        schedules: BTreeMap<String, Schedule>,
    }

    #[derive(Deserialize)]
    struct Schedule {
        steps: usize,
        signal: Vec<f64>,
    }

    /// ᾱ of every 37th time, and of the last one, as NumPy has it (tests/parity/make_diffusion.py).
    #[test]
    fn schedules_are_those_of_diffusers() {
        let fixture: Fixture =
            serde_json::from_str(include_str!("../../../tests/parity/fixtures/diffusion.json")).unwrap();
        let stable = NoiseSchedule::ScaledLinear { from: 0.000_85, to: 0.012 };
        let own = [
            ("linear", NoiseSchedule::Linear { from: 1e-4, to: 0.02 }),
            ("linear of 50", NoiseSchedule::Linear { from: 1e-3, to: 0.2 }),
            ("scaled_linear", stable),
            ("cosine", NoiseSchedule::Cosine),
            ("cosine of 10", NoiseSchedule::Cosine),
        ];
        assert_eq!(fixture.schedules.len(), own.len());
        for (name, schedule) in own {
            let Schedule { steps, signal } = &fixture.schedules[name];
            let found = schedule.signal(*steps);
            assert_eq!(found.len(), *steps);
            let seen = found.iter().step_by(37).chain(found.last());
            assert_eq!(seen.clone().count(), signal.len());
            for (at, (own, theirs)) in seen.zip(signal).enumerate() {
                assert!((own / theirs - 1.0).abs() < 1e-12, "{name}, {at}: {own} and {theirs}");
            }
        }
        let found = stable.signal(1000);
        assert_eq!(format!("{:.5} {:.4}", found[0], found[999]), "0.99915 0.0047");
    }
}
