//! What a procedure will cost, before it runs.

use crate::{
    Action, Criterion, Length, ParameterSet, Procedure, Quantity, Repeat, Samples, Score, Set, Surgery,
    passes,
};

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
    /// What it costs on so many retain, forget and validation samples.
    #[must_use]
    pub fn spend(&self, retain: usize, forget: usize, validation: usize) -> Spend {
        let mut spend = Spend::default();
        let (retain, forget, validation) = (retain as f64, forget as f64, validation as f64);
        let sizes = Sizes { retain, forget, validation };
        self.actions.iter().for_each(|a| sizes.action(a, 1, &mut spend));
        spend
    }
}

struct Sizes {
    retain: f64,
    forget: f64,
    validation: f64,
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
            Action::Aside { actions, .. } => {
                let mut each = Spend::default();
                actions.iter().for_each(|a| self.action(a, 1, &mut each));
                spend.epochs += rounds as f64 * each.epochs;
                spend.samples += rounds as f64 * each.samples;
                spend.passes += rounds as f64 * each.passes;
            }
            Action::Lookahead { rounds: inner, actions, .. } => {
                actions.iter().for_each(|a| self.action(a, rounds * inner, spend));
            }
            Action::KeepBest { by, actions } => {
                actions.iter().for_each(|a| self.action(a, rounds, spend));
                let times: usize = actions.iter().map(|a| self.endings(a)).sum();
                self.criterion(by, times as f64, spend);
            }
            // What a program spends only it can say.
            Action::AddClass | Action::Weights { .. } | Action::On { .. } | Action::Program(_) => {}
        }
    }

    /// How often the best is looked for in an action.
    fn endings(&self, action: &Action) -> usize {
        match action {
            Action::Repeat(repeat) => match repeat.length {
                Length::Epochs(epochs) => epochs,
                Length::Steps(steps) => steps.div_ceil(self.per_epoch(repeat)),
            },
            Action::Alternate { rounds, .. } => *rounds,
            Action::Lookahead { .. } => 1,
            Action::Update { .. }
            | Action::Slow { .. }
            | Action::Reinit { .. }
            | Action::Step { .. }
            | Action::AddClass
            | Action::Aside { .. }
            | Action::Weights { .. }
            | Action::KeepBest { .. }
            | Action::Program(_)
            | Action::On { .. } => 0,
        }
    }

    fn criterion(&self, by: &Criterion, times: f64, spend: &mut Spend) {
        for (over, terms) in by.losses() {
            let samples = times
                * match over {
                    Samples::Forget => self.forget,
                    Samples::Retain => self.retain,
                    Samples::Validation => self.validation,
                };
            spend.samples += samples;
            spend.passes += samples * passes(terms);
        }
    }

    /// Samples that an epoch of a phase has in its first stream.
    fn first(&self, repeat: &Repeat) -> f64 {
        repeat
            .streams
            .first()
            .map_or(0.0, |stream| stream.over.iter().map(|p| (p.share * self.of(p.set)).round()).sum::<f64>())
    }

    /// Steps of an epoch of a phase.
    fn per_epoch(&self, repeat: &Repeat) -> usize {
        (self.first(repeat) as usize).div_ceil(repeat.batch.max(1)).max(1)
    }

    fn repeat(&self, repeat: &Repeat, rounds: usize, spend: &mut Spend) {
        let rounds = repeat.rounds.map_or(rounds, |first| first.min(rounds));
        let first = self.first(repeat);
        let mut counts = repeat.terms().filter(|t| t.coefficient != 0.0);
        let beside = |q: &Quantity| {
            let has =
                |at: usize, set| repeat.streams.get(at).is_some_and(|s| s.over.iter().any(|p| p.set == set));
            q.looks_beside() || q.set().is_some_and(|set| !has(0, set) && has(1, set))
        };
        let streams = if counts.any(|t| beside(&t.quantity)) { 2.0 } else { 1.0 };
        let (epochs, samples) = match repeat.length {
            Length::Epochs(epochs) => {
                let epochs = (rounds * epochs) as f64;
                (epochs, epochs * first)
            }
            Length::Steps(steps) => {
                let (steps, per_epoch) = (rounds * steps, self.per_epoch(repeat));
                let begun = ((steps % per_epoch * repeat.batch) as f64).min(first);
                (steps as f64 / per_epoch as f64, (steps / per_epoch) as f64 * first + begun)
            }
        };
        spend.epochs += epochs;
        spend.samples += samples * streams;
        spend.passes += samples * streams * repeat.passes();
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
