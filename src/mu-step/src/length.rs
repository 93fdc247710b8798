//! How long a phase is.

use serde::{Deserialize, Serialize};

/// The length of a phase. A step is a batch; the phase goes through its samples as often as it needs, and stops within the last pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Length {
    /// So many passes.
    Epochs(usize),
    /// So many batches. Through the rounds of an alternation it goes on where it stopped.
    Steps(usize),
}

/// Steps of one pass over the samples of a phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Which pass of the phase, from 0.
    pub epoch: usize,
    /// Its first step in the pass.
    pub from: usize,
    /// How many.
    pub steps: usize,
}

impl Length {
    /// Whether nothing is run.
    #[must_use]
    pub fn is_zero(self) -> bool {
        matches!(self, Length::Epochs(0) | Length::Steps(0))
    }

    /// The steps of so many rounds, where a pass has `per_epoch`.
    #[must_use]
    pub fn steps(self, rounds: usize, per_epoch: usize) -> usize {
        match self {
            Length::Epochs(epochs) => rounds * epochs * per_epoch,
            Length::Steps(steps) => rounds * steps,
        }
    }

    /// What is run in a round, cut where a pass ends.
    #[must_use]
    pub fn stretches(self, round: usize, per_epoch: usize) -> Vec<Stretch> {
        let per_epoch = per_epoch.max(1);
        let (mut at, end) = (self.steps(round, per_epoch), self.steps(round + 1, per_epoch));
        let mut found = Vec::new();
        while at < end {
            let (epoch, from) = (at / per_epoch, at % per_epoch);
            let steps = (per_epoch - from).min(end - at);
            found.push(Stretch { epoch, from, steps });
            at += steps;
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_go_on_where_the_last_round_stopped() {
        let all = |length: Length, rounds| -> Vec<(usize, usize, usize)> {
            let of = |round| length.stretches(round, 5);
            (0..rounds).flat_map(of).map(|s| (s.epoch, s.from, s.steps)).collect()
        };
        assert_eq!(all(Length::Epochs(2), 2), [(0, 0, 5), (1, 0, 5), (2, 0, 5), (3, 0, 5)]);
        assert_eq!(all(Length::Steps(7), 1), [(0, 0, 5), (1, 0, 2)]);
        assert_eq!(all(Length::Steps(3), 3), [(0, 0, 3), (0, 3, 2), (1, 0, 1), (1, 1, 3)]);
        assert_eq!(all(Length::Steps(0), 3), []);
    }

    /// A phase of epochs is written as it always was.
    #[test]
    fn the_words_are_epochs_and_steps() {
        let text = |length| serde_json::to_string(&length).unwrap();
        assert_eq!(text(Length::Epochs(3)), r#"{"epochs":3}"#);
        assert_eq!(text(Length::Steps(100)), r#"{"steps":100}"#);
    }
}
