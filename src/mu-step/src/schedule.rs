//! Learning rates over time.

use serde::{Deserialize, Serialize};

/// A factor on the learning rate. It is asked for once in an epoch, or before every step ([`Schedule::ByStep`], and in phases that are
/// counted in steps).
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
    /// From 1 in the first epoch towards `to` behind the last: PyTorch's `LinearLR` over the phase.
    Linear {
        /// The factor behind the last epoch.
        to: f64,
        /// The epochs that it takes; those of the phase where it does not say.
        over: Option<usize>,
    },
    /// `factor` to the number of epochs: PyTorch's `ExponentialLR`.
    Exponential {
        /// The factor of an epoch.
        factor: f64,
    },
    /// Up from 1/`start` to 1 over the share `up` of the phase, then down to 1/(`start`·`end`), both along half a cosine (Smith and
    /// Topin 2019, in the form of PyTorch's `OneCycleLR`).
    OneCycle {
        /// The share of the phase in which the rate rises, in 0..1.
        up: f64,
        /// The peak divided by the first rate.
        start: f64,
        /// The first rate divided by the last.
        end: f64,
        /// The epochs of the whole cycle; those of the phase where it does not say.
        over: Option<usize>,
    },
    /// Up linearly from the factor `from` over some epochs, then another schedule over the rest (PyTorch's `LinearLR` and
    /// `SequentialLR`).
    Warmup {
        /// The epochs of the rise.
        epochs: usize,
        /// The first factor.
        from: f64,
        /// What follows; its epochs are counted from there.
        then: Box<Schedule>,
    },
    /// Another schedule, asked before every step: a step is a fraction of an epoch.
    ByStep {
        /// The schedule.
        of: Box<Schedule>,
    },
}

/// A moment of a phase.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Epochs, or steps, that were done.
    pub done: usize,
    /// How many of them an epoch has: 1 where epochs are counted.
    pub per_epoch: usize,
    /// The whole phase, in epochs or steps as `done`.
    pub whole: usize,
}

impl Schedule {
    /// Whether the learning rate changes inside an epoch.
    #[must_use]
    pub fn is_by_step(&self) -> bool {
        match self {
            Schedule::ByStep { .. } => true,
            Schedule::Warmup { then, .. } => then.is_by_step(),
            Schedule::Constant
            | Schedule::Steps { .. }
            | Schedule::Cosine { .. }
            | Schedule::Triangle { .. }
            | Schedule::Linear { .. }
            | Schedule::Exponential { .. }
            | Schedule::OneCycle { .. } => false,
        }
    }

    /// Whether the learning rate stays.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        match self {
            Schedule::Constant => true,
            Schedule::ByStep { of } => of.is_constant(),
            Schedule::Steps { .. }
            | Schedule::Cosine { .. }
            | Schedule::Triangle { .. }
            | Schedule::Linear { .. }
            | Schedule::Exponential { .. }
            | Schedule::OneCycle { .. }
            | Schedule::Warmup { .. } => false,
        }
    }

    /// The factor in an epoch (from 0) out of `epochs`: before its first step, where every step has its own.
    #[must_use]
    pub fn factor(&self, epoch: usize, epochs: usize) -> f64 {
        self.at(Moment { done: epoch, per_epoch: 1, whole: epochs })
    }

    /// The factor at a moment.
    #[must_use]
    pub fn at(&self, moment: Moment) -> f64 {
        let Moment { done, per_epoch, whole: all } = moment;
        let (done_so_far, each) = (done as f64, per_epoch as f64);
        let whole = |over: &Option<usize>| over.map_or(all, |epochs| epochs.max(1) * per_epoch).max(1) as f64;
        match self {
            Schedule::Constant => 1.0,
            Schedule::Steps { at, factor } => {
                factor.powi(at.iter().filter(|m| done >= **m * per_epoch).count() as i32)
            }
            Schedule::Cosine { over } => {
                0.5 * (1.0 + (std::f64::consts::PI * done_so_far / whole(over)).cos())
            }
            Schedule::Triangle { up } => {
                let (at, up, end) = (done_so_far + 1.0, *up as f64 * each, (all + 1) as f64);
                if at <= up { at / up } else { (end - at) / (end - up).max(1.0) }
            }
            Schedule::Linear { to, over } => 1.0 + (to - 1.0) * (done_so_far / whole(over)).min(1.0),
            Schedule::Exponential { factor } => factor.powf(done_so_far / each),
            Schedule::OneCycle { up, start, end, over } => {
                let all = whole(over);
                one_cycle(done_so_far, all, *up, 1.0 / start, 1.0 / (start * end))
            }
            Schedule::Warmup { epochs: rise, from, then } => {
                let rising = rise * per_epoch;
                if done < rising {
                    return from + (1.0 - from) * done_so_far / rising as f64;
                }
                let rest = Moment { done: done - rising, per_epoch, whole: all.saturating_sub(rising) };
                then.at(rest)
            }
            Schedule::ByStep { of } => of.at(moment),
        }
    }

    /// The same schedule for a phase that ends before its `epochs` are over: what says nothing of its length has this one.
    pub fn fix_length(&mut self, epochs: usize) {
        match self {
            Schedule::Cosine { over } | Schedule::Linear { over, .. } | Schedule::OneCycle { over, .. } => {
                over.get_or_insert(epochs);
            }
            Schedule::Warmup { epochs: rise, then, .. } => then.fix_length(epochs.saturating_sub(*rise)),
            Schedule::ByStep { of } => of.fix_length(epochs),
            Schedule::Constant
            | Schedule::Steps { .. }
            | Schedule::Triangle { .. }
            | Schedule::Exponential { .. } => {}
        }
    }
}

/// PyTorch counts the peak as a step of the rise: it lies at `up·all − 1`, the end at `all − 1`.
fn one_cycle(done: f64, all: f64, up: f64, first: f64, last: f64) -> f64 {
    let along = |from: f64, to: f64, share: f64| {
        to + (from - to) / 2.0 * (1.0 + (std::f64::consts::PI * share).cos())
    };
    let (peak, end) = (up * all - 1.0, all - 1.0);
    if done <= peak {
        return along(first, 1.0, if peak > 0.0 { done / peak } else { 1.0 });
    }
    let share = if end > peak { ((done - peak) / (end - peak)).min(1.0) } else { 1.0 };
    along(1.0, last, share)
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

    /// Against PyTorch 2.11 (`tests/parity/make_optimizers.py`): twelve epochs, and twelve epochs of five steps.
    #[test]
    fn schedules_are_pytorchs() {
        let text = include_str!("../../../tests/parity/fixtures/schedules.json");
        let cases: Vec<(Schedule, usize, Vec<f64>)> = serde_json::from_str(text).unwrap();
        assert!(cases.len() >= 12);
        for (schedule, per_epoch, expected) in cases {
            let epochs = expected.len() / per_epoch;
            for (done, want) in expected.iter().enumerate() {
                let got = schedule.at(Moment { done, per_epoch, whole: epochs * per_epoch });
                assert!((got - want).abs() < 1e-9, "{schedule:?} at {done}: {got}, PyTorch has {want}");
            }
        }
    }

    #[test]
    fn a_stop_does_not_change_what_was_before() {
        let whole = |s: &Schedule| (0..4).map(|e| s.factor(e, 9)).collect::<Vec<_>>();
        for schedule in [
            Schedule::Cosine { over: None },
            Schedule::Linear { to: 0.0, over: None },
            Schedule::OneCycle { up: 0.3, start: 25.0, end: 1e4, over: None },
            Schedule::Warmup { epochs: 2, from: 0.0, then: Box::new(Schedule::Cosine { over: None }) },
        ] {
            let mut stopped = schedule.clone();
            stopped.fix_length(9);
            let rates: Vec<f64> = (0..4).map(|e| stopped.factor(e, 4)).collect();
            assert_eq!(rates, whole(&schedule), "{schedule:?}");
        }
    }
}
