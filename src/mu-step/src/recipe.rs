//! How models are trained.

use serde::{Deserialize, Serialize};

use crate::{
    Action, Course, Length, LossTerm, Optimizer, Portion, Precision, Procedure, Quantity, Repeat, Set, Start,
    Stream,
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
    /// What is minimised, of the retain set; cross-entropy where it is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub loss: Vec<LossTerm>,
    /// What else its trainings do.
    #[serde(default, skip_serializing_if = "Course::is_plain")]
    pub course: Course,
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
            slow: Vec::new(),
            loss: match self.loss.is_empty() {
                true => vec![LossTerm { coefficient: 1.0, decay: None, quantity: loss }],
                false => self.loss.clone(),
            },
            optimizer,
            course: self.course.clone(),
        };
        let precision = self.precision;
        Procedure { start: Start::Scratch, draw: 0, precision, actions: vec![Action::Repeat(repeat)] }
    }
}
