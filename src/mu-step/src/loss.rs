//! Losses, as sums of terms, and sets of parameters. Each is made of the other: norms are over sets, and sets are ranked by gradients.

use serde::{Deserialize, Serialize};

use crate::expression::{Expression, Net, Node};

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
    /// The entries whose score is at least so many times another one: (rank + 1e-15) / (than + 1e-15) ≥ times.
    Exceeding {
        /// How many times.
        times: f64,
        /// The score.
        rank: Score,
        /// The other one.
        than: Score,
        /// Of which set.
        of: Box<ParameterSet>,
    },
}

impl ParameterSet {
    /// Whether the layers of a network alone say which parameters it has.
    #[must_use]
    pub fn is_of_layers(&self) -> bool {
        match self {
            ParameterSet::Moving
            | ParameterSet::Some { .. }
            | ParameterSet::Ranked { .. }
            | ParameterSet::Exceeding { .. } => false,
            ParameterSet::Union { of } => of.iter().all(ParameterSet::is_of_layers),
            ParameterSet::Without { of, except } => of.is_of_layers() && except.is_of_layers(),
            ParameterSet::All
            | ParameterSet::Last { .. }
            | ParameterSet::First { .. }
            | ParameterSet::Kind { .. }
            | ParameterSet::Named { .. } => true,
        }
    }

    /// What its entries are ranked by, in the order in which that is computed.
    #[must_use]
    pub fn scores(&self) -> Vec<&Score> {
        match self {
            ParameterSet::Ranked { by, of, .. } => of.scores().into_iter().chain([by]).collect(),
            ParameterSet::Exceeding { rank, than, of, .. } => {
                of.scores().into_iter().chain([rank, than]).collect()
            }
            ParameterSet::Some { of, .. } => of.scores(),
            ParameterSet::Union { of } => of.iter().flat_map(ParameterSet::scores).collect(),
            ParameterSet::Without { of, except } => [of.scores(), except.scores()].concat(),
            ParameterSet::All
            | ParameterSet::Last { .. }
            | ParameterSet::First { .. }
            | ParameterSet::Kind { .. }
            | ParameterSet::Named { .. }
            | ParameterSet::Moving => Vec::new(),
        }
    }

    /// Whether what it is ranked by is computed with the original model.
    #[must_use]
    pub(crate) fn reads_original(&self) -> bool {
        self.scores()
            .into_iter()
            .any(|score| score.is_of_original() || score.loss().iter().any(|t| t.quantity.reads_original()))
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
    /// (∇ loss)² of a batch's mean, its mean over the batches of each set that the loss speaks of, without augmentation, in evaluation mode, of the
    /// original model: a method computes it once.
    SquaredGradient {
        /// The loss.
        loss: Vec<LossTerm>,
        /// Samples per batch.
        batch: usize,
    },
}

impl Score {
    /// The loss whose gradient it is made of.
    #[must_use]
    pub fn loss(&self) -> &[LossTerm] {
        match self {
            Score::Magnitude => &[],
            Score::Gradient { loss, .. } | Score::SquaredGradient { loss, .. } => loss,
        }
    }

    /// Whether it is the original model's, whatever the weights are now.
    #[must_use]
    pub fn is_of_original(&self) -> bool {
        matches!(self, Score::SquaredGradient { .. })
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
    /// What an expression makes of each sample of a set, taken together.
    Samples {
        /// Of whose samples.
        set: Set,
        /// A number of each sample.
        of: Expression,
        /// How samples become one number.
        reduction: Reduction,
        /// What each sample's number is multiplied by: these weights divided by their mean over the set.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        weigh: Option<Expression>,
    },
    /// The sum of what an expression makes of each entry of parameters.
    Parameters {
        /// Of which.
        parameters: ParameterSet,
        /// A number of each entry.
        of: Expression,
    },
}

impl Quantity {
    /// The mean cross-entropy of a set against its own labels.
    #[must_use]
    pub fn cross_entropy(set: Set) -> Self {
        Quantity::Samples { set, of: Expression::cross_entropy(), reduction: Reduction::Mean, weigh: None }
    }

    /// The set whose samples it is taken on.
    #[must_use]
    pub fn set(&self) -> Option<Set> {
        match self {
            Quantity::Samples { set, .. } => Some(*set),
            Quantity::Parameters { .. } => None,
        }
    }

    /// Its expressions.
    pub fn expressions(&self) -> impl Iterator<Item = &Expression> {
        let (of, weigh) = match self {
            Quantity::Samples { of, weigh, .. } => (of, weigh.as_ref()),
            Quantity::Parameters { of, .. } => (of, None),
        };
        std::iter::once(of).chain(weigh)
    }

    /// The same, to change them.
    pub fn expressions_mut(&mut self) -> impl Iterator<Item = &mut Expression> {
        let (of, weigh) = match self {
            Quantity::Samples { of, weigh, .. } => (of, weigh.as_mut()),
            Quantity::Parameters { of, .. } => (of, None),
        };
        std::iter::once(of).chain(weigh)
    }

    /// Whether an operation of its expressions is such.
    pub fn any(&self, wanted: impl Fn(&Node) -> bool) -> bool {
        self.expressions().any(|e| e.any(&wanted))
    }

    /// Whether it speaks of a denoiser.
    #[must_use]
    pub fn denoises(&self) -> bool {
        self.expressions().any(Expression::denoises)
    }

    /// Whether it looks at the batch of the other stream.
    #[must_use]
    pub fn looks_beside(&self) -> bool {
        self.any(|n| matches!(n, Node::Output { of: Net::Beside, .. }))
    }

    /// Whether the gradient of a gradient is needed: layers are then run by operations that have one.
    #[must_use]
    pub fn is_of_second_order(&self) -> bool {
        self.any(|n| matches!(n, Node::Gradient { .. }))
    }

    /// Forward passes for each sample beside the student's own at the image.
    #[must_use]
    pub fn passes(&self) -> f64 {
        // What the student computes is differentiated.
        self.expressions().map(Expression::passes).map(|(own, frozen)| 3.0 * own + frozen).sum()
    }

    pub(crate) fn reads_original(&self) -> bool {
        self.expressions().any(|e| e.networks().contains(&Net::Original))
    }
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
