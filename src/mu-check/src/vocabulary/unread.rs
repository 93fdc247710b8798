//! Words of kinds that are still read argument by argument: losses (`method/loss.rs`), scores (`selection.rs`) and metrics
//! (`measured.rs`). Their tables say what these read, so that `stdlib/` is held against them as well.

use mu_step::{On, ParameterSet, Teacher};
use mu_syntax::ast::Kind;

use super::argument::{Numbers, Sets, Share};
use super::takes::Takes;
use super::word::{Argument, Entry, Parameter, words};

use crate::term::Term;
use crate::value::Value;

/// A list of words with their parameters.
macro_rules! entries {
    ($kind:ident { $($name:literal $(($($param:ident: $ty:ty),* $(,)?))?),* $(,)? }) => {
        [$(Entry {
            kind: Kind::$kind,
            name: $name,
            parameters: &[$($(Parameter { name: stringify!($param), takes: <$ty as Argument>::TAKES }),*)?],
        }),*]
    };
}

pub(super) fn entries() -> Vec<Entry> {
    let scores = entries! { Score {
        "loss_score",
        "confidence_score",
        "entropy_score",
        "margin",
        "el2n"(models: usize, epochs: usize),
        "grand"(models: usize, epochs: usize),
        "forgetting_events",
        "feature_distance",
        "consistency"(models: usize, share: Share),
        "memorisation"(models: usize, share: Share),
    } };

    let metrics = entries! { Metric {
        "accuracy"(on: On, class: Option<Numbers>, without: Option<Numbers>),
        "calibration_error"(on: On, bins: usize),
        "cross_entropy"(on: Part, quantile: Option<Share>, scale: Scale),
        "attack"(
            feature: Feature,
            decision: Decision,
            report: Report,
            at: Share,
            c: f64,
            outside: Outside,
            balance: bool,
            faithful: bool
        ),
        "js_divergence"(on: On),
        "activation_distance"(on: On),
        "zrf",
        "zrf@code",
        "weight_distance",
        "rte",
        "epochs_run",
        "samples_seen",
        "flops",
        "relearn_time"(lr: f64, batch: usize, margin: Share, most: usize),
        "ulira"(shadows: usize),
    } };

    let losses = entries! { Loss {
        "ce"(of: Sets, labels: LabelWords, view: ViewWords, mode: Mode, reduction: Reduction, balance: f64),
        "kl"(teacher: Teacher, of: Sets, temperature: f64, view: View, mode: Mode),
        "entropy"(of: Sets, view: View, mode: Mode),
        "entropy_gap"(of: Sets, teacher: Teacher, view: View, mode: Mode),
        "contrast"(of: Sets, temperature: f64, view: View, mode: Mode),
        "l1"(of: ParameterSet),
        "l2"(of: ParameterSet, from: Origin),
        "decay"(of: Vec<Term>, rest: usize),
    } };

    [&scores[..], &metrics, &losses].concat()
}

words! { On {
    Forget = "forget",
    Retain = "retain",
    Validation = "validation",
    Test = "test",
    ValidationRetained = "validation_retained",
    TestRetained = "test_retained",
} }

/// Words that are read where they are used.
macro_rules! written {
    ($($name:ident: $($word:literal)|+),* $(,)?) => {
        $(struct $name;

        impl Argument for $name {
            const TAKES: Takes = Takes::OneOf(&[$($word),+]);
            fn read(_: &Value) -> Option<Self> {
                Some($name)
            }
        })*
    };
}

written! {
    Part: "forget" | "retain" | "validation" | "test",
    Outside: "test" | "validation" | "test_retained" | "validation_retained",
    Scale: "linear" | "log10",
    Feature: "confidence" | "entropy" | "modified_entropy" | "correctness" | "probabilities",
    Decision: "svc" | "threshold" | "logistic",
    Report: "non_members" | "auc" | "tpr",
    LabelWords: "given" | "random" | "other" | "nearest_other" | "new_class" | "uniform" | "labels",
    ViewWords: "augmented" | "clean" | "images",
    View: "augmented" | "clean",
    Mode: "train" | "eval",
    Reduction: "mean" | "sum",
    Origin: "zero" | "original",
}
