//! How models are trained.

use serde::{Deserialize, Serialize};

use crate::{
    Action, Length, LossTerm, Optimizer, Portion, Precision, Procedure, Quantity, Repeat, Set, Start, Stream,
};

/// How the original model is trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// Passes over the training samples.
    pub epochs: usize,
    /// Samples per step.
    pub batch: usize,
    /// How the parameters move.
    pub optimizer: Optimizer,
    /// In which precision it trains, and the methods that start from its models.
    #[serde(default)]
    pub precision: Precision,
}

impl Recipe {
    /// The training as a procedure: from scratch, over the retain set; only the first `stop` epochs where it says so.
    #[must_use]
    pub fn procedure(&self, stop: Option<usize>) -> Procedure {
        let loss = Quantity::cross_entropy(Set::Retain);
        let mut optimizer = self.optimizer.clone();
        if stop.is_some() {
            optimizer.schedule.fix_length(self.epochs);
        }
        let over = vec![Portion { set: Set::Retain, share: 1.0 }];
        let repeat = Repeat {
            length: Length::Epochs(stop.map_or(self.epochs, |stop| stop.min(self.epochs))),
            rounds: None,
            streams: vec![Stream { over, clean: false, evaluation: false, noise: None }],
            batch: self.batch,
            loss: vec![LossTerm { coefficient: 1.0, decay: None, quantity: loss }],
            optimizer,
        };
        let precision = self.precision;
        Procedure { start: Start::Scratch, draw: 0, precision, actions: vec![Action::Repeat(repeat)] }
    }
}
