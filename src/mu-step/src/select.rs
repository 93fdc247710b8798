//! Forget sets and the scores that they are chosen by, as data.

use serde::{Deserialize, Serialize};

use crate::expression::Expression;
use crate::{Budget, LayerGraph, Procedure, Recipe, Shared, StepKey, View};

/// Choose the forget set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are the types' own words")]
pub struct SelectSpec {
    pub data: StepKey,
    pub split: StepKey,
    /// The set that is chosen from; the training samples where it does not say.
    pub within: Option<StepKey>,
    /// What the requests before it asked for: no sample of that is chosen again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone: Option<StepKey>,
    pub selection: Selection,
    pub seed: u64,
}

/// What a selection speaks of: names in a program, keys in a step.
pub trait Refers {
    /// A set of samples.
    type Set;
    /// A number for every sample.
    type Score;
    /// A list of samples in a file.
    type List;
    /// The other parts of a forget set.
    type Others;
    /// A search by fictitious play.
    type WorstCase;
    /// A search by weights.
    type Published;
}

/// By the keys of other steps and the digests of files, as a step has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keys;

impl Refers for Keys {
    type Set = StepKey;
    type Score = StepKey;
    type List = String;
    type Others = Vec<StepKey>;
    type WorstCase = Box<WorstCase>;
    type Published = Box<PublishedWorstCase>;
}

/// How samples are chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "selection",
    rename_all = "snake_case",
    bound(
        serialize = "R::Set: Serialize, R::Score: Serialize, R::List: Serialize, R::Others: Serialize, \
                     R::WorstCase: Serialize, R::Published: Serialize",
        deserialize = "R::Set: Deserialize<'de>, R::Score: Deserialize<'de>, R::List: Deserialize<'de>, \
                       R::Others: Deserialize<'de>, R::WorstCase: Deserialize<'de>, \
                       R::Published: Deserialize<'de>"
    )
)]
pub enum Selection<R: Refers = Keys> {
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
    /// The samples whose number is one of these.
    Group {
        /// Whose numbers.
        of: Grouping,
        /// Which.
        groups: Vec<i64>,
    },
    /// The sample numbers of a file.
    File {
        /// The file.
        #[serde(rename = "digest")]
        list: R::List,
        /// Whether the numbers count the samples that train, and not those of the part.
        #[serde(default)]
        training: bool,
    },
    /// Samples of two sets.
    Join {
        /// How.
        how: Join,
        /// The sets.
        of: [R::Set; 2],
    },
    /// Everything that is not in a set.
    Complement {
        /// The set.
        of: R::Set,
    },
    /// By rank of a score.
    Ranked {
        /// The scores.
        score: R::Score,
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
        to: R::Set,
        /// Where given, alike in ten equal shares of this score; else alike in classes.
        score: Option<R::Score>,
    },
    /// Validation samples: a forget set that was never trained on.
    Untrained {
        /// How many.
        budget: Budget,
    },
    /// What other parts of the forget set leave.
    Rest {
        /// The other parts.
        of: R::Others,
    },
    /// The set that is hardest to erase, by fictitious play.
    WorstCase(R::WorstCase),
    /// The set that is hardest to erase, by the published update of weights.
    PublishedWorstCase(R::Published),
}

/// How what a selection speaks of becomes something else: names become keys, or keys are collected.
#[allow(missing_docs, reason = "the words of `Refers`")]
pub trait Resolve<R: Refers, S: Refers> {
    fn set(&mut self, set: &R::Set) -> S::Set;
    fn score(&mut self, score: &R::Score) -> S::Score;
    fn list(&mut self, list: &R::List) -> S::List;
    fn grouping(&mut self, of: &Grouping) -> Grouping;
    fn others(&mut self, others: &R::Others) -> S::Others;
    fn worst_case(&mut self, search: &R::WorstCase) -> S::WorstCase;
    fn published(&mut self, search: &R::Published) -> S::Published;
}

impl<R: Refers> Selection<R> {
    /// The same selection of what `to` makes of its parts, in the order in which it names them.
    pub fn resolve<S: Refers>(&self, to: &mut impl Resolve<R, S>) -> Selection<S> {
        match self {
            Selection::Random { budget, per_class } => {
                Selection::Random { budget: *budget, per_class: *per_class }
            }
            Selection::Class { classes, budget } => {
                Selection::Class { classes: classes.clone(), budget: *budget }
            }
            Selection::Group { of, groups } => {
                Selection::Group { of: to.grouping(of), groups: groups.clone() }
            }
            Selection::File { list, training } => {
                Selection::File { list: to.list(list), training: *training }
            }
            Selection::Join { how, of: [a, b] } => Selection::Join { how: *how, of: [to.set(a), to.set(b)] },
            Selection::Complement { of } => Selection::Complement { of: to.set(of) },
            Selection::Ranked { score, ranks, budget, per_class } => Selection::Ranked {
                score: to.score(score),
                ranks: *ranks,
                budget: *budget,
                per_class: *per_class,
            },
            Selection::Matched { to: like, score } => {
                Selection::Matched { to: to.set(like), score: score.as_ref().map(|score| to.score(score)) }
            }
            Selection::Untrained { budget } => Selection::Untrained { budget: *budget },
            Selection::Rest { of } => Selection::Rest { of: to.others(of) },
            Selection::WorstCase(search) => Selection::WorstCase(to.worst_case(search)),
            Selection::PublishedWorstCase(search) => Selection::PublishedWorstCase(to.published(search)),
        }
    }
}

/// The keys that a selection names.
#[derive(Default)]
struct Named(Vec<StepKey>);

impl Resolve<Keys, Keys> for Named {
    fn set(&mut self, set: &StepKey) -> StepKey {
        self.0.push(*set);
        *set
    }
    fn score(&mut self, score: &StepKey) -> StepKey {
        self.set(score)
    }
    fn list(&mut self, digest: &String) -> String {
        digest.clone()
    }
    fn grouping(&mut self, of: &Grouping) -> Grouping {
        of.clone()
    }
    fn others(&mut self, others: &Vec<StepKey>) -> Vec<StepKey> {
        self.0.extend(others);
        others.clone()
    }
    fn worst_case(&mut self, search: &Box<WorstCase>) -> Box<WorstCase> {
        self.0.extend([search.infer].iter().chain(&search.sets));
        search.clone()
    }
    fn published(&mut self, search: &Box<PublishedWorstCase>) -> Box<PublishedWorstCase> {
        self.0.extend(search.original);
        search.clone()
    }
}

impl Selection {
    /// The steps whose artefacts it reads.
    #[must_use]
    pub fn inputs(&self) -> Vec<StepKey> {
        let mut named = Named::default();
        self.resolve(&mut named);
        named.0
    }

    /// The network that the step runs itself.
    #[must_use]
    pub fn graph(&self) -> Option<&Shared<LayerGraph>> {
        if let Selection::PublishedWorstCase(search) = self { Some(&search.graph) } else { None }
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
    pub by: SelectionUnit,
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
    pub by: SelectionUnit,
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
pub enum SelectionUnit {
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
    /// A file's: by its name in a program, by its BLAKE3 in a step.
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
    /// The mean, over models, of what an expression makes of their outputs.
    Outputs {
        /// Their outputs.
        infers: Vec<StepKey>,
        /// A number of each sample.
        of: Expression,
    },
    /// The mean, over models, of what an expression makes of a sample, where it reads more than outputs.
    Networks {
        /// Their weights.
        models: Vec<StepKey>,
        /// The network.
        graph: Shared<LayerGraph>,
        /// Its input.
        view: Shared<View>,
        /// A number of each sample.
        of: Expression,
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
            | SampleScore::Networks { graph, .. }
            | SampleScore::Forgetting { graph, .. }
            | SampleScore::FeatureDistance { graph, .. } => Some(graph),
            SampleScore::Outputs { .. } | SampleScore::LeftOut { .. } => None,
        }
    }
}
