//! What a procedure will cost, before it runs.

use crate::{Action, ParameterSet, Procedure, Quantity, Repeat, Score, Set, Surgery};

/// A compute budget's quantities.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spend {
    /// Passes over sets.
    pub epochs: f64,
    /// Samples that go through the network.
    pub samples: f64,
    /// Those, each as often as it costs a forward pass.
    pub passes: f64,
}

impl Procedure {
    /// What it costs on so many retain and forget samples.
    #[must_use]
    pub fn spend(&self, retain: usize, forget: usize) -> Spend {
        let mut spend = Spend::default();
        let sizes = Sizes { retain: retain as f64, forget: forget as f64 };
        self.actions.iter().for_each(|a| sizes.action(a, 1, &mut spend));
        spend
    }
}

struct Sizes {
    retain: f64,
    forget: f64,
}

impl Sizes {
    fn of(&self, set: Set) -> f64 {
        match set {
            Set::Forget => self.forget,
            Set::Retain => self.retain,
        }
    }

    fn action(&self, action: &Action, rounds: usize, spend: &mut Spend) {
        let mut seen = |samples: f64| {
            spend.samples += samples;
            spend.passes += 3.0 * samples;
        };
        match action {
            Action::Update { only: set }
            | Action::Slow { parameters: set, .. }
            | Action::Reinit { parameters: set } => {
                seen(rounds as f64 * self.ranking(set));
            }
            Action::Step { parameters: set, by } => {
                let all = self.retain + self.forget;
                let own = match by {
                    Surgery::Woodfisher { samples, .. } => all + (*samples as f64 + 2.0).min(self.retain),
                    Surgery::Dampen { .. } => all + self.forget,
                    Surgery::FisherNoise { samples, .. } => (*samples as f64).min(self.retain),
                    Surgery::Noise { .. } | Surgery::Zero | Surgery::Transpose | Surgery::Half => 0.0,
                };
                seen(rounds as f64 * (own + self.ranking(set)));
            }
            Action::Repeat(repeat) => self.repeat(repeat, rounds, spend),
            Action::Alternate { rounds, actions } => {
                actions.iter().for_each(|a| self.action(a, *rounds, spend));
            }
            Action::AddClass | Action::On { .. } => {}
        }
    }

    fn repeat(&self, repeat: &Repeat, rounds: usize, spend: &mut Spend) {
        let rounds = repeat.rounds.map_or(rounds, |first| first.min(rounds));
        let epochs = (rounds * repeat.epochs) as f64;
        let first = repeat.streams.first().map_or(0.0, |stream| {
            stream.over.iter().map(|p| (p.share * self.of(p.set)).round()).sum::<f64>()
        });
        let counts = repeat.loss.iter().filter(|t| t.coefficient != 0.0);
        let beside = |q: &Quantity| {
            let has =
                |at: usize, set| repeat.streams.get(at).is_some_and(|s| s.over.iter().any(|p| p.set == set));
            matches!(q, Quantity::Contrast { .. }) || q.set().is_some_and(|set| !has(0, set) && has(1, set))
        };
        let streams = if counts.clone().any(|t| beside(&t.quantity)) { 2.0 } else { 1.0 };
        let teachers = repeat.loss.iter().filter(|t| t.quantity.has_teacher()).count() as f64;
        spend.epochs += epochs;
        spend.samples += epochs * first * streams;
        spend.passes += epochs * first * streams * (3.0 + teachers);
    }

    /// Samples whose gradients rank a set's entries.
    fn ranking(&self, set: &ParameterSet) -> f64 {
        match set {
            ParameterSet::Ranked { by, of, .. } => {
                let own = match by {
                    Score::Magnitude => 0.0,
                    Score::Gradient { loss, .. } => [Set::Forget, Set::Retain]
                        .into_iter()
                        .filter(|set| loss.iter().any(|t| t.quantity.set() == Some(*set)))
                        .map(|set| self.of(set))
                        .sum(),
                };
                own + self.ranking(of)
            }
            ParameterSet::Some { of, .. } => self.ranking(of),
            ParameterSet::Union { of } => of.iter().map(|of| self.ranking(of)).sum(),
            ParameterSet::Without { of, except } => self.ranking(of) + self.ranking(except),
            ParameterSet::All
            | ParameterSet::Last { .. }
            | ParameterSet::First { .. }
            | ParameterSet::Kind { .. }
            | ParameterSet::Named { .. }
            | ParameterSet::Moving => 0.0,
        }
    }
}
