//! Forget sets and the scores that they are chosen by, as data.

use serde::{Deserialize, Serialize};

use crate::{Budget, LayerGraph, Procedure, Recipe, Shared, StepKey, View};

/// Choose the forget set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are the types' own words")]
pub struct SelectSpec {
    pub data: StepKey,
    pub split: StepKey,
    /// The set that is chosen from; the training samples where it does not say.
    pub within: Option<StepKey>,
    pub selection: Selection,
    pub seed: u64,
}

/// A selection kernel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "selection", rename_all = "snake_case")]
pub enum Selection {
    /// Uniformly.
    Random {
        /// How many; of each class where `per_class`.
        budget: Budget,
        /// Whether each class is drawn from on its own.
        per_class: bool,
    },
    /// From some classes.
    Class {
        /// Which.
        classes: Vec<i64>,
        /// How many of each.
        budget: Budget,
    },
    /// The samples whose number in a file is one of these.
    Group {
        /// Whose numbers.
        of: Grouping,
        /// Which.
        groups: Vec<i64>,
    },
    /// The sample numbers of a file.
    File {
        /// BLAKE3 of the file.
        digest: String,
        /// Whether the numbers count the samples that train, and not those of the part.
        #[serde(default)]
        training: bool,
    },
    /// Samples of two sets.
    Join {
        /// How.
        how: Join,
        /// The sets.
        of: [StepKey; 2],
    },
    /// Everything that is not in a set.
    Complement {
        /// The set.
        of: StepKey,
    },
    /// By rank of a score.
    Ranked {
        /// The scores.
        score: StepKey,
        /// Which ranks.
        ranks: Ranks,
        /// How many; of each class where `per_class`.
        budget: Budget,
        /// Whether each class is ranked on its own.
        per_class: bool,
    },
    /// At random, but alike to a set.
    Matched {
        /// The set.
        to: StepKey,
        /// Where given, alike in ten equal shares of this score; else alike in classes.
        score: Option<StepKey>,
    },
    /// Validation samples: a forget set that was never trained on.
    Untrained {
        /// How many.
        budget: Budget,
    },
    /// What other parts of the forget set leave.
    Rest {
        /// The other parts.
        of: Vec<StepKey>,
    },
    /// The set that is hardest to erase, by fictitious play.
    WorstCase(Box<WorstCase>),
    /// The set that is hardest to erase, by the published update of weights.
    PublishedWorstCase(Box<PublishedWorstCase>),
}

impl Selection {
    /// The network that the step runs itself.
    #[must_use]
    pub fn graph(&self) -> Option<&Shared<LayerGraph>> {
        match self {
            Selection::PublishedWorstCase(search) => Some(&search.graph),
            Selection::Random { .. }
            | Selection::Class { .. }
            | Selection::Group { .. }
            | Selection::File { .. }
            | Selection::Join { .. }
            | Selection::Complement { .. }
            | Selection::Ranked { .. }
            | Selection::Matched { .. }
            | Selection::Untrained { .. }
            | Selection::Rest { .. }
            | Selection::WorstCase(_) => None,
        }
    }
}

/// How two sets become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Join {
    /// What is in one or the other.
    Union,
    /// What is in both.
    Both,
    /// What is in the first and not in the second.
    Without,
}

/// Which ranks of a score are taken.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ranks {
    /// The highest.
    Highest,
    /// The lowest.
    Lowest,
    /// Those around the median.
    Middle,
    /// Upwards from this share of the ranks, in 0..1.
    From(f64),
}

/// One round of the worst-case selection. The objective of Fan et al. (ECCV 2024), Σ w_u ℓ_u(θ(w)) over
/// w in {0 ≤ w ≤ 1, Σw = m}, is linear in w once θ is fixed, so its exact minimum is the set of the m smallest losses. Fictitious
/// play (Brown, 1951) answers the mean loss over all rounds so far, not the last one alone, and does not cycle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorstCase {
    /// m, in units.
    pub budget: Budget,
    /// What is chosen as a whole.
    pub by: Unit,
    /// Whether the budget is of every class.
    pub per_class: bool,
    /// Outputs of the model that this round learns from: the original model in the first round, later the model that the
    /// lower level made without the last set.
    pub infer: StepKey,
    /// The sets of the rounds so far, oldest first.
    pub sets: Vec<StepKey>,
    /// Whether the objective is maximised instead: the easiest set.
    pub reverse: bool,
    /// Whether this is the last round, whose set is used: only its log is told to people.
    pub last: bool,
}

/// The bi-level selection as Fan et al. (ECCV 2024) publish it: min over w in {0 ≤ w ≤ 1, Σw = m} of
/// Σ w_u ℓ_u(θ(w)) + γ w_u² over units u, with θ(w) a few epochs of the weighted method.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PublishedWorstCase {
    /// m, in units.
    pub budget: Budget,
    /// What has one weight.
    pub by: Unit,
    /// The network.
    pub graph: Shared<LayerGraph>,
    /// Its input.
    pub view: Shared<View>,
    /// The original model, where the method reads it.
    pub original: Option<StepKey>,
    /// The lower level: the method's own text, run with weights.
    pub procedure: Shared<Procedure>,
    /// Upper-level steps R.
    pub rounds: usize,
    /// Upper-level step size α.
    pub step: f64,
    /// γ.
    pub gamma: f64,
    /// Whether the objective is maximised instead: the easiest set.
    pub reverse: bool,
    /// Whether losses are taken, and weights projected, as the authors' code does: in training mode with augmentation,
    /// by bisection to 1e-5 in float32, and with binary weights after every 20th round.
    pub faithful: bool,
}

/// What has one weight in a worst-case selection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A sample.
    Sample,
    /// A class: its loss is the mean of its samples'.
    Class,
    /// A group.
    Group(Grouping),
}

/// A number for each sample of the training part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grouping {
    /// A file's, by its BLAKE3.
    File(String),
    /// The data set's own, by name: an attribute, an identity, a style.
    Own(String),
}

/// A number for every training sample, in their order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are the types' own words")]
pub struct ScoreSpec {
    pub data: StepKey,
    pub split: StepKey,
    pub score: SampleScore,
    pub seed: u64,
}

/// A score kernel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "score", rename_all = "snake_case")]
pub enum SampleScore {
    /// The mean, over models, of something in their outputs.
    Outputs {
        /// Their outputs.
        infers: Vec<StepKey>,
        /// What.
        of: OutputScore,
    },
    /// The mean, over models, of the norm of a sample's gradient (GraNd: Paul et al., NeurIPS 2021).
    GradientNorm {
        /// Their weights.
        models: Vec<StepKey>,
        /// The network.
        graph: Shared<LayerGraph>,
        /// Its input.
        view: Shared<View>,
    },
    /// How often a sample was right after an epoch and wrong after the next, in one training; samples that were never right
    /// have one more than any other could (Toneva et al., ICLR 2019).
    Forgetting {
        /// The network.
        graph: Shared<LayerGraph>,
        /// Its input.
        view: Shared<View>,
        /// The training.
        recipe: Shared<Recipe>,
        /// The weights that it starts from; fresh ones where there are none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<StepKey>,
    },
    /// The distance of a sample's last features to the median of its class (Xia et al., "Moderate Coreset", ICLR 2023).
    FeatureDistance {
        /// The weights.
        model: StepKey,
        /// The network.
        graph: Shared<LayerGraph>,
        /// Its input.
        view: Shared<View>,
    },
    /// From models that were each trained without a random part: how often they are right on a sample.
    LeftOut {
        /// The part that each was trained without.
        without: Vec<StepKey>,
        /// Its outputs.
        infers: Vec<StepKey>,
        /// What is told: whether held-out samples are right (the C-score of Jiang et al., ICML 2021), or how much more
        /// often trained ones are (memorisation: Feldman and Zhang, NeurIPS 2020).
        memorisation: bool,
    },
}

impl SampleScore {
    /// The network that the step runs itself.
    #[must_use]
    pub fn graph(&self) -> Option<&Shared<LayerGraph>> {
        match self {
            SampleScore::GradientNorm { graph, .. }
            | SampleScore::Forgetting { graph, .. }
            | SampleScore::FeatureDistance { graph, .. } => Some(graph),
            SampleScore::Outputs { .. } | SampleScore::LeftOut { .. } => None,
        }
    }
}

/// What a score reads from outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputScore {
    /// Cross-entropy.
    Loss,
    /// p_y.
    Confidence,
    /// −Σ p log p.
    Entropy,
    /// z_y − max over the other classes of z.
    Margin,
    /// ‖p − one-hot(y)‖₂ (EL2N: Paul et al., NeurIPS 2021).
    El2n,
}
