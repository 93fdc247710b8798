//! How long a procedure is, before it runs.

use mu_step::{Action, Length, Repeat};

use super::interpret::Interpreter;
use super::membership::Membership;

impl Interpreter<'_, '_> {
    /// Stretches of a procedure's phases: what progress is counted in.
    pub(super) fn stretches(&self, actions: &[Action]) -> usize {
        let mut membership = self.membership.clone();
        self.of_actions(actions, 1, &mut membership)
    }

    fn of_actions(&self, actions: &[Action], rounds: usize, membership: &mut Membership) -> usize {
        let mut sum = 0;
        for action in actions {
            sum += match action {
                Action::Repeat(repeat) => of_phase(repeat, rounds, membership),
                Action::Alternate { rounds, actions } => self.of_actions(actions, *rounds, membership),
                Action::Aside { actions, .. } => rounds * self.of_actions(actions, 1, membership),
                Action::Lookahead { rounds: inner, actions, .. } => {
                    self.of_actions(actions, rounds * inner, membership)
                }
                Action::KeepBest { actions, .. } => self.of_actions(actions, rounds, membership),
                Action::On { part } => {
                    *membership = self.part(*part);
                    0
                }
                Action::Update { .. }
                | Action::Slow { .. }
                | Action::Reinit { .. }
                | Action::Step { .. }
                | Action::Weights { .. }
                | Action::Program(_)
                | Action::AddClass => 0,
            };
        }
        sum
    }
}

fn of_phase(repeat: &Repeat, rounds: usize, membership: &Membership) -> usize {
    let rounds = repeat.rounds.map_or(rounds, |first| first.min(rounds));
    match repeat.length {
        Length::Epochs(epochs) => rounds * epochs,
        Length::Steps(_) => {
            let samples: usize = repeat
                .streams
                .first()
                .map_or(0, |stream| stream.over.iter().map(|p| membership.size(p)).sum());
            let per_epoch = samples.div_ceil(repeat.batch.max(1));
            (0..rounds).map(|round| repeat.length.stretches(round, per_epoch).len()).sum()
        }
    }
}
