//! Forget sets, the scores that they are chosen by, and methods: a forget set may be found with a method, and a method may speak of
//! parts of a forget set.

use mu_step::expression::Expression;
use mu_step::{Budget, Grouping, Procedure, Refers, Selection, SelectionUnit, Shared, Start};

use super::weights::Weights;

/// How a forget set is chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Forget(pub Selection<Named>);

/// By other forget sets, files and methods, as a program has them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Named;

impl Refers for Named {
    type Set = Box<Forget>;
    type Score = Score;
    type List = List;
    type Others = ();
    type WorstCase = Box<FictitiousPlay>;
    type Published = Box<WeightSearch>;
}

/// A list of samples in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct List {
    /// The file.
    pub path: String,
    /// Whether the program says which samples its numbers count.
    pub said: bool,
}

/// The samples that a metric is taken on, where they are no part of the data.
#[derive(Clone, Debug, PartialEq)]
pub enum SampleSet {
    /// Those of a selection.
    Chosen(Box<Forget>),
    /// Those that the request of this number, from 1, was the first to ask for.
    Request(usize),
}

/// A worst case by fictitious play.
#[derive(Clone, Debug, PartialEq)]
pub struct FictitiousPlay {
    /// How many units.
    pub budget: Budget,
    /// What is chosen as a whole.
    pub by: SelectionUnit,
    /// Whether the budget is of every class.
    pub per_class: bool,
    /// The lower level.
    pub against: Unlearn,
    /// How often it is run.
    pub rounds: usize,
    /// Whether the easiest set is looked for.
    pub reverse: bool,
    /// The model that it is found with, by its label, where it is not the point's own.
    pub found_with: Option<String>,
}

/// A worst case by the published update of weights.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the words of `mu_step::PublishedWorstCase`")]
pub struct WeightSearch {
    pub budget: Budget,
    pub by: SelectionUnit,
    pub procedure: Shared<Procedure>,
    pub rounds: usize,
    pub step: f64,
    pub gamma: f64,
    pub reverse: bool,
    pub faithful: bool,
    /// The model that it is found with, by its label, where it is not the point's own.
    pub found_with: Option<String>,
}

/// A method, ready to run.
#[derive(Clone, Debug, PartialEq)]
pub struct Unlearn {
    /// What the engine interprets.
    pub procedure: Shared<Procedure>,
    /// The parts of the forget set that a composed method speaks of, in order.
    pub parts: Vec<Forget>,
    /// The file that it starts from, where it starts from a checkpoint.
    pub checkpoint: Option<Weights>,
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
    /// The sets that it is made of, and those that the method speaks of that it is found with.
    pub(crate) fn within(&self) -> Vec<&Forget> {
        match &self.0 {
            Selection::Join { of: [a, b], .. } => vec![a, b],
            Selection::Complement { of } | Selection::Matched { to: of, .. } => vec![of],
            Selection::WorstCase(play) => play.against.parts.iter().collect(),
            Selection::Random { .. }
            | Selection::Class { .. }
            | Selection::Group { .. }
            | Selection::File { .. }
            | Selection::Ranked { .. }
            | Selection::Untrained { .. }
            | Selection::Rest { .. }
            | Selection::PublishedWorstCase(_) => Vec::new(),
        }
    }

    /// Whether it, or a set that it is made of, is of a sort.
    pub(crate) fn has(&self, is: &dyn Fn(&Selection<Named>) -> bool) -> bool {
        let methods = matches!(self.0, Selection::WorstCase(_));
        is(&self.0) || !methods && self.within().into_iter().any(|part| part.has(is))
    }

    /// How many of the training samples are chosen, where that is known before the samples are.
    #[must_use]
    pub fn budget(&self) -> Option<Budget> {
        match &self.0 {
            Selection::Random { budget, per_class } | Selection::Ranked { budget, per_class, .. } => {
                (!per_class).then_some(*budget)
            }
            Selection::WorstCase(play) => {
                (play.by == SelectionUnit::Sample && !play.per_class).then_some(play.budget)
            }
            Selection::PublishedWorstCase(search) => {
                (search.by == SelectionUnit::Sample).then_some(search.budget)
            }
            Selection::Class { .. }
            | Selection::Group { .. }
            | Selection::File { .. }
            | Selection::Join { .. }
            | Selection::Complement { .. }
            | Selection::Matched { .. }
            | Selection::Untrained { .. }
            | Selection::Rest { .. } => None,
        }
    }

    /// The score that it ranks by.
    fn score(&self) -> Option<&Score> {
        match &self.0 {
            Selection::Ranked { score, .. } => Some(score),
            Selection::Matched { score, .. } => score.as_ref(),
            Selection::Random { .. }
            | Selection::Class { .. }
            | Selection::Group { .. }
            | Selection::File { .. }
            | Selection::Join { .. }
            | Selection::Complement { .. }
            | Selection::Untrained { .. }
            | Selection::Rest { .. }
            | Selection::WorstCase(_)
            | Selection::PublishedWorstCase(_) => None,
        }
    }

    /// Whether which samples are chosen depends on a model.
    #[must_use]
    pub fn needs_model(&self) -> bool {
        self.score().is_some()
            || matches!(self.0, Selection::WorstCase(_) | Selection::PublishedWorstCase(_))
            || self.within().into_iter().any(Forget::needs_model)
    }

    /// Whether models are trained for it by the experiment's recipe, besides the original.
    #[must_use]
    pub fn trains(&self) -> bool {
        self.score().is_some_and(|score| score.trains())
            || matches!(&self.0, Selection::WorstCase(p) if p.against.procedure.start == Start::Scratch)
            || self.within().into_iter().any(Forget::trains)
    }

    /// The methods that worst-case selections in it run as they are.
    #[must_use]
    pub fn lower_levels(&self) -> Vec<&Unlearn> {
        let own = if let Selection::WorstCase(play) = &self.0 { Some(&play.against) } else { None };
        own.into_iter().chain(self.within().into_iter().flat_map(Forget::lower_levels)).collect()
    }

    /// The model that it is found with, by its label, where it is not the point's own.
    #[must_use]
    pub fn found_with(&self) -> Option<&str> {
        if let Selection::PublishedWorstCase(search) = &self.0 {
            return search.found_with.as_deref();
        }
        let Selection::WorstCase(play) = &self.0 else { return None };
        play.found_with.as_deref()
    }

    /// Whether it reads a list of samples without the program saying which samples the list counts.
    #[must_use]
    pub fn counts_unsaid(&self) -> bool {
        matches!(self.0, Selection::File { list: List { said: false, .. }, .. })
            || self.within().into_iter().any(Forget::counts_unsaid)
    }

    /// Whose numbers divide the samples that it chooses.
    fn grouping(&self) -> Option<&Grouping> {
        let by = match &self.0 {
            Selection::Group { of, .. } => return Some(of),
            Selection::WorstCase(play) => &play.by,
            Selection::PublishedWorstCase(search) => &search.by,
            Selection::Random { .. }
            | Selection::Class { .. }
            | Selection::File { .. }
            | Selection::Join { .. }
            | Selection::Complement { .. }
            | Selection::Ranked { .. }
            | Selection::Matched { .. }
            | Selection::Untrained { .. }
            | Selection::Rest { .. } => return None,
        };
        if let SelectionUnit::Group(of) = by { Some(of) } else { None }
    }

    /// The files that it reads, and whether each has a number for every sample, or else lists samples.
    pub fn files(&self, f: &mut dyn FnMut(&str, bool)) {
        if let Selection::File { list, .. } = &self.0 {
            f(&list.path, false);
        }
        if let Some(Grouping::File(path)) = self.grouping() {
            f(path, true);
        }
        self.within().into_iter().for_each(|part| part.files(f));
    }
}

impl Score {
    /// Whether models are trained for it.
    fn trains(&self) -> bool {
        match self {
            Score::Text { early, .. } => early.is_some(),
            Score::FeatureDistance => false,
            Score::GradientNorm { .. } | Score::Forgetting | Score::LeftOut { .. } => true,
        }
    }
}
