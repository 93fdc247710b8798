//! Values of the language as values of Rust.

use std::rc::Rc;

use mu_diag::Span;
use mu_step::{Budget, ParameterSet};
use mu_syntax::ast::Kind;

use super::takes::Takes;
use super::word::{Argument, Vocabulary, read};
use crate::term::Term;
use crate::unit::Unit;
use crate::value::{Component, Data, Value};

impl<T: Vocabulary> Argument for T {
    const TAKES: Takes = Takes::Kind(T::KIND);
    fn read(value: &Value) -> Option<Self> {
        read(value.component()?)
    }
}

impl Argument for f64 {
    const TAKES: Takes = Takes::OneOf(&["real"]);
    fn read(value: &Value) -> Option<Self> {
        value.number()
    }
}

/// A percentage, in 0..100.
pub(crate) struct Percent(pub(crate) f64);

impl Argument for Percent {
    const TAKES: Takes = Takes::OneOf(&["percent"]);
    fn read(value: &Value) -> Option<Self> {
        value.number().map(Percent)
    }
}

/// A percentage, in 0..1.
pub(crate) struct Share(pub(crate) f64);

impl Argument for Share {
    const TAKES: Takes = Takes::OneOf(&["percent"]);
    fn read(value: &Value) -> Option<Self> {
        value.number().map(|percent| Share(percent / 100.0))
    }
}

impl Argument for usize {
    const TAKES: Takes = Takes::Whole { signed: false };
    fn read(value: &Value) -> Option<Self> {
        value.whole()?.try_into().ok()
    }
}

impl Argument for i64 {
    const TAKES: Takes = Takes::Whole { signed: true };
    fn read(value: &Value) -> Option<Self> {
        value.whole()?.try_into().ok()
    }
}

impl Argument for bool {
    const TAKES: Takes = Takes::OneOf(&["bool"]);
    fn read(value: &Value) -> Option<Self> {
        value.flag()
    }
}

/// A path of a file or folder.
pub(crate) struct Path(pub(crate) String);

impl Argument for Path {
    const TAKES: Takes = Takes::OneOf(&["path"]);
    fn read(value: &Value) -> Option<Self> {
        String::read(value).map(Path)
    }
}

impl Argument for String {
    const TAKES: Takes = Takes::OneOf(&["text"]);
    fn read(value: &Value) -> Option<Self> {
        value.text().map(str::to_owned)
    }
}

impl<T: Argument> Argument for Option<T> {
    const TAKES: Takes = Takes::OrWord(&T::TAKES);
    fn read(value: &Value) -> Option<Self> {
        if value.word().is_some() { Some(None) } else { T::read(value).map(Some) }
    }
}

impl<T: Argument> Argument for Vec<T> {
    const TAKES: Takes = Takes::List(&T::TAKES);
    fn read(value: &Value) -> Option<Self> {
        value.list()?.iter().map(T::read).collect()
    }
}

/// An argument and where it was written.
pub(crate) struct At<T> {
    pub(crate) value: T,
    pub(crate) span: Span,
}

impl<T: Argument> Argument for At<T> {
    const TAKES: Takes = T::TAKES;
    fn read(value: &Value) -> Option<Self> {
        Some(At { value: T::read(value)?, span: value.span })
    }
}

/// Layers: a chain of them, or one.
pub(crate) struct Chain(pub(crate) Value);

impl Argument for Chain {
    const TAKES: Takes = Takes::Kind(Kind::Layer);
    fn read(value: &Value) -> Option<Self> {
        Some(Chain(value.clone()))
    }
}

impl Argument for ParameterSet {
    const TAKES: Takes = Takes::Kind(Kind::Parameters);
    fn read(value: &Value) -> Option<Self> {
        value.parameters()
    }
}

impl Argument for Vec<Term> {
    const TAKES: Takes = Takes::Kind(Kind::Loss);
    fn read(value: &Value) -> Option<Self> {
        value.terms()
    }
}

/// A path of a file, in which axes stand for a point's positions.
pub(crate) struct PathOfPoint(pub(crate) String);

impl Argument for PathOfPoint {
    const TAKES: Takes = Takes::OneOf(&["path_of_point"]);
    fn read(value: &Value) -> Option<Self> {
        String::read(value).map(PathOfPoint)
    }
}

/// A loss, or the word that stands for one; it is made of terms where its context is known.
pub(crate) struct LossPart(pub(crate) Value);

impl Argument for LossPart {
    const TAKES: Takes = Takes::OrWord(&Takes::Kind(Kind::Loss));
    fn read(value: &Value) -> Option<Self> {
        Some(LossPart(value.clone()))
    }
}

/// A metric, or a formula of them.
pub(crate) struct MetricPart(pub(crate) Value);

impl Argument for MetricPart {
    const TAKES: Takes = Takes::Kind(Kind::Metric);
    fn read(value: &Value) -> Option<Self> {
        Some(MetricPart(value.clone()))
    }
}

/// One whole number or several, each with its place.
pub(crate) struct Numbers(pub(crate) Vec<At<i64>>);

impl Numbers {
    pub(crate) fn values(&self) -> Vec<i64> {
        self.0.iter().map(|number| number.value).collect()
    }
}

impl Argument for Numbers {
    const TAKES: Takes = Takes::OneOf(&["int", "[int]"]);
    fn read(value: &Value) -> Option<Self> {
        Vec::read(value).or_else(|| Some(vec![At::read(value)?])).map(Numbers)
    }
}

/// How many samples are chosen: so many, or a share.
pub(crate) struct Samples(pub(crate) Budget);

impl Argument for Samples {
    const TAKES: Takes = Takes::OneOf(&["percent", "samples"]);
    fn read(value: &Value) -> Option<Self> {
        budget(value).map(Samples)
    }
}

/// How many samples, classes or groups are chosen.
pub(crate) struct Units {
    pub(crate) budget: Budget,
    /// Of what, where it is not a share.
    pub(crate) of: Option<&'static str>,
}

impl Argument for Units {
    const TAKES: Takes = Takes::OneOf(&["percent", "samples", "classes", "groups"]);
    fn read(value: &Value) -> Option<Self> {
        let Data::Number(_, unit) = value.data else { return None };
        let of = if let Unit::Of(unit) = unit { Some(unit) } else { None };
        Some(Units { budget: budget(value)?, of })
    }
}

pub(super) fn budget(value: &Value) -> Option<Budget> {
    let Data::Number(v, unit) = value.data else { return None };
    Some(match unit {
        Unit::Percent => Budget::Share(v.real() / 100.0),
        Unit::Of(_) | Unit::Plain => Budget::Samples(v.real() as usize),
    })
}

/// A component of a kind that is read where its context is known.
macro_rules! part {
    ($($(#[$doc:meta])* $name:ident: $kind:ident),* $(,)?) => {
        $($(#[$doc])*
        pub(crate) struct $name(pub(crate) Rc<Component>);

        impl Argument for $name {
            const TAKES: Takes = Takes::Kind(Kind::$kind);
            fn read(value: &Value) -> Option<Self> {
                value.component().map(|c| $name(Rc::clone(c)))
            }
        })*
    };
}

part! {
    /// A data set.
    DatasetPart: Dataset,
    /// A network.
    ModelPart: Model,
    /// A method.
    MethodPart: Method,
    /// A forget set.
    SelectionPart: Selection,
    /// A score.
    ScorePart: Score,
    /// How a model is trained.
    RecipePart: Recipe,
    /// How parameters move.
    OptimizerPart: Optimizer,
    /// Which weights a training ends with.
    KeptPart: Kept,
}
