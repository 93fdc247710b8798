//! What a procedure will cost, before it runs.

use crate::expression::{Node, Whole};
use crate::{
    Action, Criterion, Length, ParameterSet, Procedure, Repeat, Samples, Score, Set, Surgery, passes,
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
        let mut sizes = Sizes { retain, forget, validation, known: Vec::new(), once: 0.0 };
        self.actions.iter().for_each(|a| sizes.action(a, 1, &mut spend));
        spend.see(sizes.once, 3.0);
        spend
    }
}

impl Spend {
    /// So many samples, each at so many times the cost of a forward pass.
    fn see(&mut self, samples: f64, passes: f64) {
        self.samples += samples;
        self.passes += samples * passes;
    }
}

struct Sizes<'p> {
    retain: f64,
    forget: f64,
    validation: f64,
    /// Scores of the original model's entries that were computed so far.
    known: Vec<&'p Score>,
    /// Samples that went through the original model for them.
    once: f64,
}

impl<'p> Sizes<'p> {
    fn of(&self, set: Set) -> f64 {
        match set {
            Set::Forget => self.forget,
            Set::Retain => self.retain,
        }
    }

    fn action(&mut self, action: &'p Action, rounds: usize, spend: &mut Spend) {
        match action {
            Action::Update { only: set }
            | Action::Slow { parameters: set, .. }
            | Action::Reinit { parameters: set } => {
                spend.see(self.ranking(set, rounds), 3.0);
            }
            Action::Step { parameters: set, by } => {
                let all = self.retain + self.forget;
                let own = match by {
                    Surgery::Woodfisher { samples, .. } => all + (*samples as f64 + 2.0).min(self.retain),
                    Surgery::Dampen { .. } => all + self.forget,
                    Surgery::FisherNoise { samples, .. } => (*samples as f64).min(self.retain),
                    Surgery::Noise { .. } | Surgery::Zero | Surgery::Transpose | Surgery::Half => 0.0,
                };
                spend.see(rounds as f64 * own + self.ranking(set, rounds), 3.0);
            }
            Action::Repeat(repeat) => self.repeat(repeat, rounds, spend),
            Action::Alternate { rounds, actions } => {
                actions.iter().for_each(|a| self.action(a, *rounds, spend));
            }
            Action::Aside { actions, .. } => {
                // Where it is never made, nothing is computed in it.
                if rounds == 0 {
                    return;
                }
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
            Action::AddClass | Action::Weights { .. } | Action::Program(_) => {}
            // Other sets have other importances.
            Action::On { .. } => self.known.clear(),
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
            spend.see(samples, passes(terms));
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

    fn repeat(&mut self, repeat: &'p Repeat, rounds: usize, spend: &mut Spend) {
        let rounds = repeat.rounds.map_or(rounds, |first| first.min(rounds));
        let first = self.first(repeat);
        let streams = repeat.looked_at() as f64;
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
        spend.see(samples * streams, repeat.passes());
        self.numbers(repeat, rounds, spend);
        for slowed in &repeat.slow {
            spend.see(self.ranking(&slowed.parameters, rounds), 3.0);
        }
    }

    /// What `now` looks at before each epoch of a phase, and before what steps begin of one.
    fn numbers(&self, repeat: &Repeat, rounds: usize, spend: &mut Spend) {
        let nodes = repeat.terms().filter(|t| t.coefficient != 0.0).flat_map(|t| t.quantity.expressions());
        for node in nodes.flat_map(|of| of.nodes()) {
            let Node::Now { over, of } = node else { continue };
            let times: usize = match repeat.length {
                Length::Epochs(epochs) => rounds * epochs,
                Length::Steps(_) => {
                    let stretches = |round| repeat.length.stretches(round, self.per_epoch(repeat)).len();
                    (0..rounds).map(stretches).sum()
                }
            };
            let samples = match over {
                Whole::Forget => self.forget,
                Whole::Retain => self.retain,
                Whole::Validation => self.validation,
            };
            spend.see(times as f64 * samples, of.looks());
        }
    }

    /// Samples whose gradients rank a set's entries, so many times.
    fn ranking(&mut self, set: &'p ParameterSet, times: usize) -> f64 {
        let mut samples = 0.0;
        for score in set.scores().into_iter().filter(|_| times > 0) {
            let speaks = |set: &Set| score.loss().iter().any(|t| t.quantity.set() == Some(*set));
            let of_sets = [Set::Forget, Set::Retain].iter().filter(|set| speaks(set));
            let own: f64 = of_sets.map(|set| self.of(*set)).sum();
            if !score.is_of_original() {
                samples += times as f64 * own;
            } else if !self.known.contains(&score) {
                self.known.push(score);
                self.once += own;
            }
        }
        samples
    }
}
