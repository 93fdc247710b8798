//! An unlearning method as data: what its text says, with every value settled.

use serde::{Deserialize, Serialize};

use crate::{
    Course, Criterion, Length, LossTerm, Multiple, Optimizer, ParameterSet, Quantity, Sam, Samples, Set,
    UserProgram,
};

/// A method: where it starts and what it does, in order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Procedure {
    /// The weights it starts from.
    pub start: Start,
    /// Which draw of its random numbers: 0, or 1 for a second run beside the first on one seed.
    pub draw: usize,
    /// In which precision it trains.
    #[serde(default)]
    pub precision: Precision,
    /// What it does.
    pub actions: Vec<Action>,
}

/// The element type that networks compute in while they train. Weights, their updates, statistics, losses and the outputs that
/// metrics read stay in float32, but for `float64`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// bfloat16 where the machine multiplies it and the network is large enough to gain from it, else float32.
    #[default]
    Auto,
    /// 24 bits of mantissa.
    Float32,
    /// 8 bits of mantissa, the exponents of float32.
    Bf16,
    /// 53 bits of mantissa: to compare with other programs.
    Float64,
}

/// The weights a method starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// The original model, trained on forget and retain set.
    Original,
    /// A fresh initialisation.
    Scratch,
    /// Weights from elsewhere; the step says which.
    Checkpoint,
}

/// One action of a method.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "a method has few actions")]
pub enum Action {
    /// From here on only these parameters move; masks are taken at this moment.
    Update {
        /// Which.
        only: ParameterSet,
    },
    /// From here on the gradients of these parameters are multiplied by `factor`.
    Slow {
        /// Which.
        parameters: ParameterSet,
        /// By how much.
        factor: f64,
    },
    /// Draws these parameters anew.
    Reinit {
        /// Which.
        parameters: ParameterSet,
    },
    /// Changes these parameters at once, without gradient steps.
    Step {
        /// Which.
        parameters: ParameterSet,
        /// How.
        by: Surgery,
    },
    /// Adds an output unit, that the procedure's end takes away again.
    AddClass,
    /// Gradient steps over sets.
    Repeat(Repeat),
    /// These actions in turn, so many times. Optimizers of one rule keep their state from one phase to the next,
    /// and schedules count through all rounds.
    Alternate {
        /// How many times.
        rounds: usize,
        /// What.
        actions: Vec<Action>,
    },
    /// Makes a model on the side: these actions on a copy of the weights. What moves and what is slowed in it holds there alone.
    Aside {
        /// Its number in the procedure.
        model: usize,
        /// What.
        actions: Vec<Action>,
    },
    /// Sets the weights to a sum of models.
    Weights {
        /// The sum.
        of: Vec<Multiple>,
    },
    /// These actions, so many rounds; then every parameter is θ + share·(θ' − θ), where θ is what it was before and θ' what it is. Running
    /// statistics stay (Lookahead: Zhang et al. 2019). Optimizers keep their state, and schedules count, as in an alternation.
    Lookahead {
        /// k.
        rounds: usize,
        /// α.
        share: f64,
        /// What.
        actions: Vec<Action>,
    },
    /// These actions; then the weights are those with the least value of the criterion, of all epochs of the phases here, and of all rounds of
    /// what has rounds.
    KeepBest {
        /// The criterion.
        by: Criterion,
        /// What.
        actions: Vec<Action>,
    },
    /// From here on the forget set is this part of it, by position among the step's parts. Parts whose turn comes later
    /// belong to the retain set, parts that had theirs to neither.
    On {
        /// Which part.
        part: usize,
    },
    /// A program of the user's takes the weights as they are, and gives others.
    Program(UserProgram),
}

impl Action {
    /// The actions that it is made of.
    #[must_use]
    pub fn inner(&self) -> &[Action] {
        match self {
            Action::Alternate { actions, .. }
            | Action::Aside { actions, .. }
            | Action::Lookahead { actions, .. }
            | Action::KeepBest { actions, .. } => actions,
            Action::Update { .. }
            | Action::Slow { .. }
            | Action::Reinit { .. }
            | Action::Step { .. }
            | Action::AddClass
            | Action::Repeat(_)
            | Action::Weights { .. }
            | Action::Program(_)
            | Action::On { .. } => &[],
        }
    }
}

/// A change of parameters without gradient steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Surgery {
    /// θ += N(0, std²)
    Noise {
        /// The standard deviation.
        std: f64,
    },
    /// θ = 0
    Zero,
    /// Kernels of convolutions with rows and columns exchanged.
    Transpose,
    /// θ rounded to half precision.
    Half,
    /// θ += strength · H⁻¹(g_forget − g_retain), H⁻¹ by the recursion of WoodFisher over single retain samples.
    Woodfisher {
        /// α.
        strength: f64,
        /// How many retain samples; also N of the recursion.
        samples: usize,
    },
    /// θ ×= min(strength·I_D / I_f, 1) where I_f > selection·I_D, for diagonal importances over all data and over the forget set.
    Dampen {
        /// α.
        selection: f64,
        /// λ.
        strength: f64,
        /// Samples per squared gradient.
        batch: usize,
    },
    /// θ += N(0, 1) · min(√(alpha / F), most), F the diagonal Fisher information on retain samples.
    FisherNoise {
        /// The variance at F = 1.
        alpha: f64,
        /// The largest standard deviation.
        most: f64,
        /// How many retain samples.
        samples: usize,
    },
}

impl Surgery {
    /// Whether it looks at the samples of sets as such: then it cannot be run with weights.
    #[must_use]
    pub fn reads_sets(&self) -> bool {
        match self {
            Surgery::Woodfisher { .. } | Surgery::Dampen { .. } | Surgery::FisherNoise { .. } => true,
            Surgery::Noise { .. } | Surgery::Zero | Surgery::Transpose | Surgery::Half => false,
        }
    }
}

/// Passes over sets with gradient steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Repeat {
    /// How long it is, in each round.
    #[serde(flatten)]
    pub length: Length,
    /// In which rounds of an alternation it runs: the first so many; all where it does not say.
    pub rounds: Option<usize>,
    /// What it runs over; a second stream is cycled beside the first.
    pub streams: Vec<Stream>,
    /// Samples per step and stream.
    pub batch: usize,
    /// What is slowed in it alone. Masks are taken at the beginning of each round.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub slow: Vec<Slowed>,
    /// What is minimised: the sum of these terms.
    pub loss: Vec<LossTerm>,
    /// How the parameters move.
    pub optimizer: Optimizer,
    /// What else a training does.
    #[serde(default, skip_serializing_if = "Course::is_plain")]
    pub course: Course,
}

/// Parameters whose gradients are multiplied by a factor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Slowed {
    /// Which.
    pub parameters: ParameterSet,
    /// By how much.
    pub factor: f64,
}

impl Repeat {
    /// The terms of all losses that it takes gradients of.
    pub fn terms(&self) -> impl Iterator<Item = &LossTerm> {
        self.loss.iter().chain(self.optimizer.along())
    }

    /// How many streams its terms look at: a second one that none looks at is not gone through.
    #[must_use]
    pub fn looked_at(&self) -> usize {
        let has = |at: usize, set| self.streams.get(at).is_some_and(|s| s.over.iter().any(|p| p.set == set));
        let beside =
            |q: &Quantity| q.looks_beside() || q.set().is_some_and(|set| !has(0, set) && has(1, set));
        if self.terms().filter(|t| t.coefficient != 0.0).any(|t| beside(&t.quantity)) { 2 } else { 1 }
    }

    /// How often a sample of a stream goes through a network, in forward passes; a backward pass counts as two.
    #[must_use]
    pub fn passes(&self) -> f64 {
        // A denoiser is asked for the samples of the term's own stream alone.
        let share = |t: &LossTerm| if t.quantity.denoises() { 1.0 / self.looked_at() as f64 } else { 1.0 };
        let besides = |terms: &mut dyn Iterator<Item = &LossTerm>| -> f64 {
            terms.filter(|t| t.coefficient != 0.0).map(|t| share(t) * t.quantity.passes()).sum()
        };
        let (own, along) = (besides(&mut self.loss.iter()), besides(&mut self.optimizer.along()));
        // A denoiser is asked where the loss says so, and nowhere else.
        let plain = if self.terms().any(|t| t.quantity.denoises()) { 0.0 } else { 3.0 };
        match &self.optimizer.sam {
            None => plain + own,
            Some(Sam { along: None, .. }) => 2.0 * (plain + own),
            Some(Sam { along: Some(_), .. }) => 2.0 * plain + own + along,
        }
    }
}

/// Sets, shuffled together, and how their images are seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stream {
    /// The sets.
    pub over: Vec<Portion>,
    /// Whether images are seen without augmentation.
    pub clean: bool,
    /// Whether the network runs in evaluation mode: batch norm by its running statistics.
    pub evaluation: bool,
    /// Whether images are replaced by noise that maximises the error of the original model.
    pub noise: Option<ErrorNoise>,
}

/// A set, or a share of it that is drawn once.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Portion {
    /// The set.
    pub set: Set,
    /// How much of it, in 0..1.
    pub share: f64,
}

/// Images that maximise the error (UNSIR): from N(0, 1), steps of Adam up the cross-entropy less `penalty`·mean(Σ x²).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are the formula's")]
pub struct ErrorNoise {
    /// In the place of whose images; all of a stream's where it does not say.
    pub of: Option<Set>,
    pub steps: usize,
    pub lr: f64,
    pub penalty: f64,
}

/// A number of samples, absolute or relative.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Budget {
    /// A share of the training samples, in 0..1.
    Share(f64),
    /// So many samples.
    Samples(usize),
}

impl Budget {
    /// The number of samples out of `of` (a share is rounded to the nearest).
    #[must_use]
    pub fn samples(self, of: usize) -> usize {
        match self {
            Budget::Share(share) => (share * of as f64).round() as usize,
            Budget::Samples(n) => n,
        }
    }
}

impl Procedure {
    /// Samples per step of its first phase.
    #[must_use]
    pub fn batch(&self) -> Option<usize> {
        fn of(action: &Action) -> Option<usize> {
            if let Action::Repeat(repeat) = action {
                return Some(repeat.batch);
            }
            action.inner().iter().find_map(of)
        }
        self.actions.iter().find_map(of)
    }

    /// Whether it needs the original model: as its start, or to be compared with.
    #[must_use]
    pub fn reads_original(&self) -> bool {
        fn reads(action: &Action) -> bool {
            match action {
                Action::Repeat(repeat) => {
                    repeat.terms().any(|t| t.quantity.reads_original())
                        || repeat.slow.iter().any(|s| s.parameters.reads_original())
                        || repeat.streams.iter().any(|s| s.noise.is_some())
                }
                Action::Weights { of } => of.iter().any(|m| m.of.reads_original()),
                Action::KeepBest { by, actions } => {
                    let terms = by.losses().into_iter().flat_map(|(_, terms)| terms);
                    terms.into_iter().any(|t| t.quantity.reads_original()) || actions.iter().any(reads)
                }
                Action::Update { only: set }
                | Action::Slow { parameters: set, .. }
                | Action::Reinit { parameters: set }
                | Action::Step { parameters: set, .. } => set.reads_original(),
                Action::AddClass
                | Action::Alternate { .. }
                | Action::Aside { .. }
                | Action::Lookahead { .. }
                | Action::On { .. }
                | Action::Program(_) => action.inner().iter().any(reads),
            }
        }
        self.start == Start::Original || self.actions.iter().any(reads)
    }

    /// Whether it is judged on validation samples on its way.
    #[must_use]
    pub fn reads_validation(&self) -> bool {
        fn reads(action: &Action) -> bool {
            let judged = |by: &Criterion| by.losses().iter().any(|(over, _)| *over == Samples::Validation);
            matches!(action, Action::KeepBest { by, .. } if judged(by)) || action.inner().iter().any(reads)
        }
        self.actions.iter().any(reads)
    }

    /// The programs that it runs, in order.
    #[must_use]
    pub fn programs(&self) -> Vec<&UserProgram> {
        fn of(action: &Action) -> Option<&UserProgram> {
            if let Action::Program(program) = action { Some(program) } else { None }
        }
        self.actions.iter().filter_map(of).collect()
    }

    /// Whether it is there to leave the model that it starts from as it is.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        fn idle(action: &Action) -> bool {
            match action {
                Action::Update { .. } | Action::Slow { .. } | Action::AddClass | Action::On { .. } => true,
                Action::Repeat(repeat) => repeat.length.is_zero(),
                // Nothing is set to a model that was made on the side.
                Action::Aside { .. } => true,
                Action::Alternate { rounds, actions } | Action::Lookahead { rounds, actions, .. } => {
                    *rounds == 0 || actions.iter().all(idle)
                }
                Action::KeepBest { actions, .. } => actions.iter().all(idle),
                Action::Reinit { .. } | Action::Step { .. } | Action::Weights { .. } | Action::Program(_) => {
                    false
                }
            }
        }
        self.actions.iter().all(idle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_rounds_to_the_nearest_sample() {
        assert_eq!(Budget::Share(0.1).samples(1294), 129);
        assert_eq!(Budget::Samples(7).samples(3), 7);
    }
}
