//! Losses, as sums of terms, and sets of parameters. Each is made of the other: norms are over sets, and sets are ranked by gradients.

use serde::{Deserialize, Serialize};

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
    /// Whether the factor falls linearly to 0 over the phase, but for so many epochs at its end: once in an epoch, or with every
    /// step of a phase that is counted in steps.
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

    pub(crate) fn reads_original(&self) -> bool {
        match self {
            Quantity::CrossEntropy { labels, .. } => {
                matches!(labels, Labels::Boundary { .. } | Labels::NearestOther)
            }
            Quantity::Divergence { teacher, .. } | Quantity::EntropyGap { teacher, .. } => {
                *teacher == Teacher::Original
            }
            Quantity::L2 { to_original, .. } => *to_original,
            _ => false,
        }
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
    /// A model that the method made on the side.
    Aside {
        /// Its number.
        model: usize,
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
