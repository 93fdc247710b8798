//! Forget sets, the scores that they are chosen by, and methods: a forget set may be found with a method, and a method may speak of
//! parts of a forget set.

use mu_step::{Budget, Join, OutputScore, Procedure, Ranks, Shared, Start};

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
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs, reason = "the words of `mu_step::SampleScore`")]
pub enum Score {
    /// Of the original model's outputs, or of `early` models trained for so many epochs.
    Outputs {
        of: OutputScore,
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
    /// The sets that it is made of, and those that the method speaks of that it is found with.
    fn within(&self) -> Vec<&Forget> {
        match self {
            Forget::Join { of, .. } => of.iter().collect(),
            Forget::Complement(of) | Forget::Matched { to: of, .. } => vec![of],
            Forget::WorstCase { against, .. } => against.parts.iter().collect(),
            Forget::Random { .. }
            | Forget::Class { .. }
            | Forget::Group { .. }
            | Forget::File { .. }
            | Forget::Ranked { .. }
            | Forget::Untrained { .. }
            | Forget::Rest
            | Forget::PublishedWorstCase { .. } => Vec::new(),
        }
    }

    /// How many of the training samples are chosen, where that is known before the samples are.
    #[must_use]
    pub fn budget(&self) -> Option<Budget> {
        match self {
            Forget::Random { budget, per_class: false }
            | Forget::Ranked { budget, per_class: false, .. }
            | Forget::WorstCase { budget, by: By::Sample, per_class: false, .. }
            | Forget::PublishedWorstCase { budget, by: By::Sample, .. } => Some(*budget),
            Forget::Random { .. }
            | Forget::Ranked { .. }
            | Forget::WorstCase { .. }
            | Forget::PublishedWorstCase { .. }
            | Forget::Class { .. }
            | Forget::Group { .. }
            | Forget::File { .. }
            | Forget::Join { .. }
            | Forget::Complement(_)
            | Forget::Matched { .. }
            | Forget::Untrained { .. }
            | Forget::Rest => None,
        }
    }

    /// The score that it ranks by.
    fn score(&self) -> Option<&Score> {
        match self {
            Forget::Ranked { score, .. } => Some(score),
            Forget::Matched { score, .. } => score.as_ref(),
            Forget::Random { .. }
            | Forget::Class { .. }
            | Forget::Group { .. }
            | Forget::File { .. }
            | Forget::Join { .. }
            | Forget::Complement(_)
            | Forget::Untrained { .. }
            | Forget::Rest
            | Forget::WorstCase { .. }
            | Forget::PublishedWorstCase { .. } => None,
        }
    }

    /// Whether which samples are chosen depends on a model.
    #[must_use]
    pub fn needs_model(&self) -> bool {
        self.score().is_some()
            || matches!(self, Forget::WorstCase { .. } | Forget::PublishedWorstCase { .. })
            || self.within().into_iter().any(Forget::needs_model)
    }

    /// Whether models are trained for it by the experiment's recipe, besides the original.
    #[must_use]
    pub fn trains(&self) -> bool {
        self.score().is_some_and(|score| score.trains())
            || matches!(self, Forget::WorstCase { against, .. } if against.procedure.start == Start::Scratch)
            || self.within().into_iter().any(Forget::trains)
    }

    /// The methods that worst-case selections in it run as they are.
    #[must_use]
    pub fn lower_levels(&self) -> Vec<&Unlearn> {
        let own = if let Forget::WorstCase { against, .. } = self { Some(&**against) } else { None };
        own.into_iter().chain(self.within().into_iter().flat_map(Forget::lower_levels)).collect()
    }

    /// The model that it is found with, by its label, where it is not the point's own.
    #[must_use]
    pub fn found_with(&self) -> Option<&str> {
        let (Forget::WorstCase { found_with, .. } | Forget::PublishedWorstCase { found_with, .. }) = self
        else {
            return None;
        };
        found_with.as_deref()
    }

    /// Whether it reads a list of samples without the program saying which samples the list counts.
    #[must_use]
    pub fn counts_unsaid(&self) -> bool {
        matches!(self, Forget::File { said: false, .. })
            || self.within().into_iter().any(Forget::counts_unsaid)
    }

    /// The files that it reads, and whether each has a number for every sample, or else lists samples.
    pub fn files(&self, f: &mut dyn FnMut(&str, bool)) {
        match self {
            Forget::File { path, .. } => f(path, false),
            Forget::Group { of, .. }
            | Forget::WorstCase { by: By::Group(of), .. }
            | Forget::PublishedWorstCase { by: By::Group(of), .. } => match of {
                Grouping::File(path) => f(path, true),
                Grouping::Own(_) => {}
            },
            Forget::WorstCase { .. }
            | Forget::PublishedWorstCase { .. }
            | Forget::Random { .. }
            | Forget::Class { .. }
            | Forget::Join { .. }
            | Forget::Complement(_)
            | Forget::Ranked { .. }
            | Forget::Matched { .. }
            | Forget::Untrained { .. }
            | Forget::Rest => {}
        }
        self.within().into_iter().for_each(|part| part.files(f));
    }
}

impl Score {
    /// Whether models are trained for it.
    fn trains(self) -> bool {
        match self {
            Score::Outputs { early, .. } => early.is_some(),
            Score::FeatureDistance => false,
            Score::GradientNorm { .. } | Score::Forgetting | Score::LeftOut { .. } => true,
        }
    }
}
