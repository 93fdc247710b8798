//! Forget sets.

use mu_diag::{Code, Diagnostic, Span};
use mu_step::{Budget, Grouping, Join, Ranks, Selection, SelectionUnit};

use super::argument::{
    At, MethodPart, ModelPart, Numbers, OptimizerPart, Path, Percent, Samples, ScorePart, SelectionPart,
    Units,
};
use super::takes::Takes;
use super::word::{Argument, vocabulary, words};
use crate::eval::Evaluator;
use crate::program::{List, Named};
use crate::value::{Component, Value};
use crate::worst_case::{Play, Published};

/// A selection's word: what it chooses, in an experiment.
pub(crate) struct Choice {
    choose: Box<Choose>,
    /// The classes that it names.
    pub(crate) classes: Vec<At<i64>>,
    /// The forget sets of a sequence.
    pub(crate) requests: Option<Requests>,
    /// The number, from 1, of the request whose samples it is.
    pub(crate) request: Option<usize>,
}

/// Forget sets in the order in which they are asked for.
pub(crate) struct Requests {
    pub(crate) of: At<Vec<At<SelectionPart>>>,
    /// How often the whole list is asked for.
    pub(crate) times: usize,
}

type Choose = dyn FnOnce(&Evaluator<'_>, In<'_>) -> Option<Selection<Named>>;

/// Where a selection is said.
#[derive(Clone, Copy)]
pub(crate) struct In<'a> {
    pub(crate) component: &'a Component,
    /// How the experiment trains.
    pub(crate) recipe: Option<&'a Component>,
    pub(crate) span: Span,
}

impl Choice {
    pub(crate) fn choose(self, eval: &Evaluator<'_>, at: In<'_>) -> Option<Selection<Named>> {
        (self.choose)(eval, at)
    }
}

fn choice(choose: impl FnOnce(&Evaluator<'_>, In<'_>) -> Option<Selection<Named>> + 'static) -> Choice {
    Choice { choose: Box::new(choose), classes: Vec::new(), requests: None, request: None }
}

type Set = At<SelectionPart>;

vocabulary! { Selection: Choice {
    "random"(budget: At<Samples>, per_class: bool) => choice(move |eval, _| {
        Some(Selection::Random { budget: eval.some(budget)?, per_class })
    }),
    "by_class"(classes: Numbers, budget: At<Samples>) => {
        let named = classes.values();
        let choose = choice(move |eval, _| {
            Some(Selection::Class { classes: named, budget: eval.some_of_a_class(budget)? })
        });
        Choice { classes: classes.0, ..choose }
    },
    "by_group"(groups: Grouping, group: Numbers) => choice(move |_, _| {
        Some(Selection::Group { of: groups, groups: group.values() })
    }),
    "from_file"(path: Path, counted_in: CountedIn) => choice(move |_, at| {
        let said = at.component.given.iter().any(|name| name == "counted_in");
        Some(Selection::File { list: List { path: path.0, said }, training: counted_in == CountedIn::Training })
    }),
    "union"(a: Set, b: Set) => join(Join::Union, a, b),
    "both"(a: Set, b: Set) => join(Join::Both, a, b),
    "without"(a: Set, b: Set) => join(Join::Without, a, b),
    "complement"(of: Set) => choice(move |eval, at| Some(Selection::Complement { of: eval.inner(&of, at)? })),
    "highest"(budget: At<Samples>, score: ScorePart, per_class: bool) =>
        ranked(Ranks::Highest, budget, score, per_class),
    "lowest"(budget: At<Samples>, score: ScorePart, per_class: bool) =>
        ranked(Ranks::Lowest, budget, score, per_class),
    "middle"(budget: At<Samples>, score: ScorePart, per_class: bool) =>
        ranked(Ranks::Middle, budget, score, per_class),
    "ranks"(score: ScorePart, from: Percent, to: Percent, per_class: bool) => choice(move |eval, at| {
        let (from, to) = (from.0, to.0);
        if from >= to {
            let message = format!("the ranks from {from}% to {to}% are none");
            eval.report(Diagnostic::error(Code::OutOfRange, at.span, message));
            return None;
        }
        let (ranks, budget) = (Ranks::From(from / 100.0), Budget::Share((to - from) / 100.0));
        Some(Selection::Ranked { score: eval.score(&score.0)?, ranks, budget, per_class })
    }),
    "matched"(to: Set, on: Option<ScorePart>) => choice(move |eval, at| {
        let score = match on {
            Some(score) => Some(eval.score(&score.0)?),
            None => None,
        };
        Some(Selection::Matched { to: eval.inner(&to, at)?, score })
    }),
    "untrained"(budget: At<Samples>) => choice(move |eval, _| {
        Some(Selection::Untrained { budget: eval.some(budget)? })
    }),
    "rest" => choice(|_, _| Some(Selection::Rest { of: () })),
    "requests"(of: At<Vec<At<SelectionPart>>>, times: usize) => {
        let choose = choice(|eval, at| {
            let message = "requests in sequence are a whole forget set, and no part of one";
            let help = "write `forget = requests([.., ..])`";
            eval.report(Diagnostic::error(Code::WrongType, at.span, message).help(help));
            None
        });
        Choice { requests: Some(Requests { of, times }), ..choose }
    },
    "request"(number: At<usize>) => {
        let place = number.span;
        let choose = choice(move |eval, _| {
            let message = "`request` is what one request asked for, and metrics alone can be taken on that";
            let help = "such as `accuracy(request(1))`";
            eval.report(Diagnostic::error(Code::WrongType, place, message).help(help));
            None
        });
        Choice { request: Some(number.value), ..choose }
    },
    "worst_case"(
        budget: At<Units>,
        against: MethodPart,
        weigh: SelectionUnit,
        per_class: At<bool>,
        rounds: usize,
        epochs: Option<At<usize>>,
        found_with: Option<ModelPart>,
        reverse: bool
    ) => choice(move |eval, at| {
        let play = Play { budget, against, by: weigh, per_class, rounds, epochs, found_with, reverse };
        eval.worst_case(play, at.recipe)
    }),
    "worst_case@paper"(
        budget: At<Units>,
        against: MethodPart,
        weigh: SelectionUnit,
        rounds: usize,
        epochs: usize,
        optimizer: OptimizerPart,
        step: At<f64>,
        gamma: f64,
        found_with: Option<ModelPart>,
        reverse: bool,
        faithful: bool
    ) => choice(move |eval, at| {
        let by = weigh;
        let search = Published {
            budget, against, by, rounds, epochs, optimizer, step, gamma, found_with, reverse, faithful,
        };
        eval.published_worst_case(search, at.recipe, at.span)
    }),
} }

fn join(how: Join, a: Set, b: Set) -> Choice {
    choice(move |eval, at| Some(Selection::Join { how, of: [eval.inner(&a, at)?, eval.inner(&b, at)?] }))
}

fn ranked(ranks: Ranks, budget: At<Samples>, score: ScorePart, per_class: bool) -> Choice {
    choice(move |eval, _| {
        let score = eval.score(&score.0)?;
        Some(Selection::Ranked { score, ranks, budget: eval.some(budget)?, per_class })
    })
}

/// Which samples the numbers of a file count.
#[derive(PartialEq)]
enum CountedIn {
    Part,
    Training,
}

words! { CountedIn { Part = "part", Training = "training" } }

/// Groups of samples by name.
pub(crate) struct GroupsWord(Grouping);

vocabulary! { Groups: GroupsWord {
    "group"(file: Path) => GroupsWord(Grouping::File(file.0)),
    "attribute"(name: String) => GroupsWord(Grouping::Own(name)),
} }

/// Whose numbers divide the samples: a file's, or the data set's own.
impl Argument for Grouping {
    const TAKES: Takes = Takes::OneOf(&["path", "groups"]);
    fn read(value: &Value) -> Option<Self> {
        match value.text() {
            Some(path) => Some(Grouping::File(path.to_owned())),
            None => GroupsWord::read(value).map(|groups| groups.0),
        }
    }
}

/// What is chosen as a whole.
impl Argument for SelectionUnit {
    const TAKES: Takes = Takes::OneOf(&["sample", "class", "groups"]);
    fn read(value: &Value) -> Option<Self> {
        match Whole::read(value) {
            Some(Whole::Sample) => Some(SelectionUnit::Sample),
            Some(Whole::Class) => Some(SelectionUnit::Class),
            None => Some(SelectionUnit::Group(GroupsWord::read(value)?.0)),
        }
    }
}

enum Whole {
    Sample,
    Class,
}

words! { Whole { Sample = "sample", Class = "class" } }
