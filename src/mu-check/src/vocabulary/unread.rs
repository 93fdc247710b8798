//! Words of kinds that are still read argument by argument: metrics (`measured.rs`) and programs (`method/program.rs`). Their
//! tables say what these read, so that `stdlib/` is held against them as well.

use mu_syntax::ast::Kind;

use super::argument::{Numbers, Path, Share};
use super::takes::Takes;
use super::word::{Argument, Entry, Parameter};

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
    let metrics = entries! { Metric {
        "accuracy"(on: Part, class: Option<Numbers>, without: Option<Numbers>),
        "calibration_error"(on: Part, bins: usize),
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
        "weight_distance",
        "frechet"(on: Conditions),
        "kernel_distance"(on: Conditions),
        "rte",
        "epochs_run",
        "samples_seen",
        "flops",
        "relearn_time"(lr: f64, batch: usize, margin: Share, most: usize),
        "ulira"(shadows: usize),
    } };

    let methods = entries! { Method {
        "program"(file: Path, files: Vec<Path>, command: Command, parameters: Named),
    } };

    [&metrics[..], &methods].concat()
}

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
    Part: "forget" | "retain" | "validation" | "test" | "validation_retained" | "test_retained" | "selection",
    Outside: "test" | "validation" | "test_retained" | "validation_retained",
    Feature: "confidence" | "entropy" | "modified_entropy" | "correctness" | "probabilities" | "score",
    Decision: "svc" | "threshold" | "logistic",
    Report: "non_members" | "auc" | "tpr",
    Conditions: "forget" | "retain",
    Command: "text" | "[text]" | "own",
    Named: "arguments",
}
