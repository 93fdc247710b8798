//! An unlearning method as data: what its text says, with every value settled.

use serde::{Deserialize, Serialize};

use crate::Optimizer;

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
    /// From here on the forget set is this part of it, by position among the step's parts. Parts whose turn comes later
    /// belong to the retain set, parts that had theirs to neither.
    On {
        /// Which part.
        part: usize,
    },
}

/// A set of parameters. A set with a mask names single entries of tensors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "set", rename_all = "snake_case")]
pub enum ParameterSet {
    /// All of them.
    All,
    /// Those of the last `layers` convolution or linear layers, and of what lies behind the first of these.
    Last {
        /// How many.
        layers: usize,
    },
    /// Those before, and of, the first `layers` convolution or linear layers.
    First {
        /// How many.
        layers: usize,
    },
    /// Those of one kind of layer.
    Kind {
        /// Which.
        layer: LayerKind,
    },
    /// Those whose name fits a pattern, where `*` stands for anything.
    Named {
        /// `layer4.*`
        pattern: String,
    },
    /// Those that the last `update only` let move.
    Moving,
    /// So many tensors of a set, drawn at random.
    Some {
        /// How many.
        tensors: usize,
        /// Of which.
        of: Box<ParameterSet>,
    },
    /// Those of any of these.
    Union {
        /// Which.
        of: Vec<ParameterSet>,
    },
    /// Those of the first that are not in the second.
    Without {
        /// The first.
        of: Box<ParameterSet>,
        /// The second.
        except: Box<ParameterSet>,
    },
    /// The entries that score highest, or lowest.
    Ranked {
        /// Share of the entries, in 0..1; the number is rounded to the nearest.
        share: f64,
        /// By what.
        by: Score,
        /// Of which set.
        of: Box<ParameterSet>,
        /// Whether each tensor is ranked on its own.
        by_layer: bool,
        /// Whether those that score lowest are taken.
        lowest: bool,
    },
}

impl ParameterSet {
    /// Whether the layers of a network alone say which parameters it has.
    #[must_use]
    pub fn is_of_layers(&self) -> bool {
        match self {
            ParameterSet::Moving | ParameterSet::Some { .. } | ParameterSet::Ranked { .. } => false,
            ParameterSet::Union { of } => of.iter().all(ParameterSet::is_of_layers),
            ParameterSet::Without { of, except } => of.is_of_layers() && except.is_of_layers(),
            ParameterSet::All
            | ParameterSet::Last { .. }
            | ParameterSet::First { .. }
            | ParameterSet::Kind { .. }
            | ParameterSet::Named { .. } => true,
        }
    }
}

/// A kind of layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LayerKind {
    /// Convolutions.
    Conv,
    /// Linear layers.
    Linear,
    /// Normalisations.
    Norm,
}

/// What the entries of parameters are ranked by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "score", rename_all = "snake_case")]
pub enum Score {
    /// |θ|
    Magnitude,
    /// |Σ ∇ loss| over the batches of the sets that the loss speaks of, without augmentation, in evaluation mode.
    Gradient {
        /// The loss.
        loss: Vec<LossTerm>,
        /// Samples per batch.
        batch: usize,
    },
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
    /// How many passes.
    pub epochs: usize,
    /// In which rounds of an alternation it runs: the first so many; all where it does not say.
    pub rounds: Option<usize>,
    /// What it runs over; a second stream is cycled beside the first.
    pub streams: Vec<Stream>,
    /// Samples per step and stream.
    pub batch: usize,
    /// What is minimised: the sum of these terms.
    pub loss: Vec<LossTerm>,
    /// How the parameters move.
    pub optimizer: Optimizer,
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

/// The two parts of the training set. Sample i belongs to `Forget` with weight w_i and to `Retain` with 1 − w_i.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Set {
    /// What must be unlearned.
    Forget,
    /// The rest.
    Retain,
}

/// coefficient · quantity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LossTerm {
    /// Its factor.
    pub coefficient: f64,
    /// Whether the factor falls linearly to 0 over the phase's epochs, but for so many at the end.
    pub decay: Option<usize>,
    /// What it multiplies.
    pub quantity: Quantity,
}

/// What a loss is made of. Sample i counts with its membership in the set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "quantity", rename_all = "snake_case")]
pub enum Quantity {
    /// Cross-entropy.
    CrossEntropy {
        /// Of whose samples.
        set: Set,
        /// Against which labels.
        labels: Labels,
        /// How samples become one number.
        reduction: Reduction,
        /// Class c weighs n_c to the power −balance, by its count in the training samples.
        balance: f64,
    },
    /// T² · KL(teacher ‖ student) of outputs divided by T.
    Divergence {
        /// Of whose samples.
        set: Set,
        /// The teacher, in evaluation mode.
        teacher: Teacher,
        /// T.
        temperature: f64,
    },
    /// −Σ p log p of the outputs.
    Entropy {
        /// Of whose samples.
        set: Set,
    },
    /// (H(student) − H(teacher))², of outputs' entropies.
    EntropyGap {
        /// Of whose samples.
        set: Set,
        /// The teacher.
        teacher: Teacher,
    },
    /// −mean log softmax(z_f · z_rᵀ / T): outputs of the set against detached outputs of the other set's batch.
    Contrast {
        /// Of whose samples.
        set: Set,
        /// T.
        temperature: f64,
    },
    /// Σ|θ|
    L1 {
        /// Of which parameters.
        parameters: ParameterSet,
    },
    /// Σ(θ − θ_original)², or Σθ².
    L2 {
        /// Of which parameters.
        parameters: ParameterSet,
        /// Whether the distance to the original model is meant.
        to_original: bool,
    },
}

impl Quantity {
    /// The set whose samples it is taken on.
    #[must_use]
    pub fn set(&self) -> Option<Set> {
        match self {
            Quantity::CrossEntropy { set, .. }
            | Quantity::Divergence { set, .. }
            | Quantity::Entropy { set }
            | Quantity::EntropyGap { set, .. }
            | Quantity::Contrast { set, .. } => Some(*set),
            Quantity::L1 { .. } | Quantity::L2 { .. } => None,
        }
    }

    /// Whether a teacher looks at the samples as well.
    #[must_use]
    pub fn has_teacher(&self) -> bool {
        matches!(self, Quantity::Divergence { .. } | Quantity::EntropyGap { .. })
    }

    fn reads_original(&self) -> bool {
        match self {
            Quantity::CrossEntropy { labels, .. } => {
                matches!(labels, Labels::Boundary { .. } | Labels::NearestOther)
            }
            Quantity::Divergence { teacher, .. } | Quantity::EntropyGap { teacher, .. } => {
                *teacher == Teacher::Original
            }
            Quantity::L2 { to_original, .. } => *to_original,
            Quantity::Entropy { .. } | Quantity::Contrast { .. } | Quantity::L1 { .. } => false,
        }
    }
}

impl Procedure {
    /// Samples per step of its first phase.
    #[must_use]
    pub fn batch(&self) -> Option<usize> {
        let of = |action: &Action| match action {
            Action::Repeat(repeat) => Some(repeat.batch),
            Action::Alternate { actions, .. } => {
                actions.iter().find_map(|a| if let Action::Repeat(r) = a { Some(r.batch) } else { None })
            }
            Action::Update { .. }
            | Action::Slow { .. }
            | Action::Reinit { .. }
            | Action::Step { .. }
            | Action::AddClass
            | Action::On { .. } => None,
        };
        self.actions.iter().find_map(of)
    }

    /// Whether it needs the original model: as its start, or to be compared with.
    #[must_use]
    pub fn reads_original(&self) -> bool {
        fn reads(action: &Action) -> bool {
            match action {
                Action::Repeat(repeat) => {
                    repeat.loss.iter().any(|t| t.quantity.reads_original())
                        || repeat.streams.iter().any(|s| s.noise.is_some())
                }
                Action::Alternate { actions, .. } => actions.iter().any(reads),
                Action::Update { .. }
                | Action::Slow { .. }
                | Action::Reinit { .. }
                | Action::Step { .. }
                | Action::AddClass
                | Action::On { .. } => false,
            }
        }
        self.start == Start::Original || self.actions.iter().any(reads)
    }

    /// Whether it is there to leave the model that it starts from as it is.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        fn idle(action: &Action) -> bool {
            match action {
                Action::Update { .. } | Action::Slow { .. } | Action::AddClass | Action::On { .. } => true,
                Action::Repeat(repeat) => repeat.epochs == 0,
                Action::Alternate { rounds, actions } => *rounds == 0 || actions.iter().all(idle),
                Action::Reinit { .. } | Action::Step { .. } => false,
            }
        }
        self.actions.iter().all(idle)
    }
}

/// A frozen network whose outputs a loss compares with, in evaluation mode.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "teacher", rename_all = "snake_case")]
pub enum Teacher {
    /// The original model.
    Original,
    /// A fresh initialisation.
    Scratch,
    /// The running mean of the student: moved by `share` of the way after every step.
    Average {
        /// How far.
        share: f64,
    },
}

/// How a batch's losses become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reduction {
    /// Divided by the number of samples in the batch.
    Mean,
    /// Added up.
    Sum,
}

/// Labels for the cross-entropy.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "labels", rename_all = "snake_case")]
pub enum Labels {
    /// The data set's own.
    True,
    /// Drawn uniformly over all classes, anew each epoch; the true one may come up.
    Random,
    /// Drawn uniformly over the classes that are not the true one, anew each epoch.
    Other,
    /// The likeliest class that is not the true one, by the original model.
    NearestOther,
    /// The original model's answer to an image moved by epsilon·sign(∇ of its loss) (FGSM).
    Boundary {
        /// How far, in the network's input.
        epsilon: f64,
    },
    /// The unit that `add class` added.
    NewClass,
    /// Every class alike.
    Uniform,
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
