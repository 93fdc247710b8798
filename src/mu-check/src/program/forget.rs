//! Forget sets, the scores that they are chosen by, and methods: a forget set may be found with a method, and a method may speak of
//! parts of a forget set.

use mu_step::expression::Expression;
use mu_step::{Budget, Join, Procedure, Ranks, Shared, Start};

use super::weights::Weights;

/// How a forget set is chosen.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the words of `mu_step::Selection`")]
pub enum Forget {
    Random {
        budget: Budget,
        per_class: bool,
    },
    Class {
        classes: Vec<i64>,
        budget: Budget,
    },
    Group {
        of: Grouping,
        groups: Vec<i64>,
    },
    File {
        path: String,
        /// Whether its numbers count the samples that train.
        training: bool,
        /// Whether the program says which samples they count.
        said: bool,
    },
    Join {
        how: Join,
        of: Box<[Forget; 2]>,
    },
    Complement(Box<Forget>),
    Ranked {
        score: Score,
        ranks: Ranks,
        budget: Budget,
        per_class: bool,
    },
    Matched {
        to: Box<Forget>,
        score: Option<Score>,
    },
    Untrained {
        budget: Budget,
    },
    /// What the other parts of a forget set leave.
    Rest,
    WorstCase {
        budget: Budget,
        by: By,
        per_class: bool,
        /// The lower level.
        against: Box<Unlearn>,
        rounds: usize,
        reverse: bool,
        /// The model that it is found with, by its label, where it is not the point's own.
        found_with: Option<String>,
    },
    PublishedWorstCase {
        budget: Budget,
        by: By,
        procedure: Shared<Procedure>,
        rounds: usize,
        step: f64,
        gamma: f64,
        reverse: bool,
        faithful: bool,
        /// The model that it is found with, by its label, where it is not the point's own.
        found_with: Option<String>,
    },
}

/// A method, ready to run.
#[derive(Clone, Debug)]
pub struct Unlearn {
    /// What the engine interprets.
    pub procedure: Shared<Procedure>,
    /// The parts of the forget set that a composed method speaks of, in order.
    pub parts: Vec<Forget>,
    /// The file that it starts from, where it starts from a checkpoint.
    pub checkpoint: Option<Weights>,
}

/// What has one weight in a worst-case selection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// A sample.
    Sample,
    /// A class.
    Class,
    /// A group.
    Group(Grouping),
}

/// A number for every sample of the training part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// A file's.
    File(String),
    /// The data set's own.
    Own(String),
}

/// A number for every training sample.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the words of `mu_step::SampleScore`")]
pub enum Score {
    /// An expression of the original model, or its mean over so many models that are trained for so many epochs.
    Text {
        of: Expression,
        early: Option<(usize, usize)>,
    },
    GradientNorm {
        models: usize,
        epochs: usize,
    },
    Forgetting,
    FeatureDistance,
    LeftOut {
        models: usize,
        share: f64,
        memorisation: bool,
    },
}

impl Forget {
    /// How many of the training samples are chosen, where that is known before the samples are.
    #[must_use]
    pub fn budget(&self) -> Option<Budget> {
        match self {
            Forget::Random { budget, per_class: false }
            | Forget::Ranked { budget, per_class: false, .. }
            | Forget::WorstCase { budget, by: By::Sample, per_class: false, .. }
            | Forget::PublishedWorstCase { budget, by: By::Sample, .. } => Some(*budget),
            _ => None,
        }
    }

    /// Whether which samples are chosen depends on a model.
    #[must_use]
    pub fn needs_model(&self) -> bool {
        match self {
            Forget::Ranked { .. } | Forget::WorstCase { .. } | Forget::PublishedWorstCase { .. } => true,
            Forget::Join { of, .. } => of.iter().any(Forget::needs_model),
            Forget::Complement(of) => of.needs_model(),
            Forget::Matched { to, score } => score.is_some() || to.needs_model(),
            _ => false,
        }
    }

    /// Whether models are trained for it by the experiment's recipe, besides the original.
    #[must_use]
    pub fn trains(&self) -> bool {
        let score = |s: &Score| !matches!(s, Score::Text { early: None, .. } | Score::FeatureDistance);
        match self {
            Forget::Ranked { score: s, .. } => score(s),
            Forget::Join { of, .. } => of.iter().any(Forget::trains),
            Forget::Complement(of) => of.trains(),
            Forget::Matched { to, score: s } => s.as_ref().is_some_and(score) || to.trains(),
            Forget::WorstCase { against, .. } => against.procedure.start == Start::Scratch,
            _ => false,
        }
    }

    /// The methods that worst-case selections in it run as they are.
    #[must_use]
    pub fn lower_levels(&self) -> Vec<&Unlearn> {
        match self {
            Forget::WorstCase { against, .. } => {
                let inner = against.parts.iter().flat_map(Forget::lower_levels);
                std::iter::once(&**against).chain(inner).collect()
            }
            Forget::Join { of, .. } => of.iter().flat_map(Forget::lower_levels).collect(),
            Forget::Complement(of) | Forget::Matched { to: of, .. } => of.lower_levels(),
            _ => Vec::new(),
        }
    }

    /// The model that it is found with, by its label, where it is not the point's own.
    #[must_use]
    pub fn found_with(&self) -> Option<&str> {
        match self {
            Forget::WorstCase { found_with, .. } | Forget::PublishedWorstCase { found_with, .. } => {
                found_with.as_deref()
            }
            _ => None,
        }
    }

    /// Whether it reads a list of samples without the program saying which samples the list counts.
    #[must_use]
    pub fn counts_unsaid(&self) -> bool {
        match self {
            Forget::File { said, .. } => !said,
            Forget::Join { of, .. } => of.iter().any(Forget::counts_unsaid),
            Forget::Complement(of) | Forget::Matched { to: of, .. } => of.counts_unsaid(),
            Forget::WorstCase { against, .. } => against.parts.iter().any(Forget::counts_unsaid),
            _ => false,
        }
    }

    /// The files that it reads, and whether each has a number for every sample, or else lists samples.
    pub fn files(&self, f: &mut dyn FnMut(&str, bool)) {
        match self {
            Forget::Group { of: Grouping::File(path), .. }
            | Forget::PublishedWorstCase { by: By::Group(Grouping::File(path)), .. } => f(path, true),
            Forget::WorstCase { by, against, .. } => {
                if let By::Group(Grouping::File(path)) = by {
                    f(path, true);
                }
                against.parts.iter().for_each(|part| part.files(f));
            }
            Forget::File { path, .. } => f(path, false),
            Forget::Join { of, .. } => of.iter().for_each(|of| of.files(f)),
            Forget::Complement(of) | Forget::Matched { to: of, .. } => of.files(f),
            _ => {}
        }
    }
}
