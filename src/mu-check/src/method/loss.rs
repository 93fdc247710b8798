//! Losses as sums of terms, and sets of parameters. Each is made of the other: norms are over sets, and sets are ranked by gradients.

use mu_step::expression::Net;
use mu_step::{ErrorNoise, ParameterSet, Set};
use mu_syntax::ast::Operator;

use crate::term::Term;
use crate::value::{Component, Data, Value};
use crate::vocabulary::{Decayed, Images, Parameters, read};

/// Arithmetic on losses: sums, differences, and factors.
pub(crate) fn combine(operator: Operator, left: &Value, right: &Value) -> Option<Vec<Term>> {
    let scale = |mut terms: Vec<Term>, by: f64| -> Vec<Term> {
        terms.iter_mut().for_each(|t| t.term.coefficient *= by);
        terms
    };
    match operator {
        Operator::Add => Some([terms(left)?, terms(right)?].concat()),
        Operator::Subtract if left.number() == Some(0.0) => Some(scale(terms(right)?, -1.0)),
        Operator::Subtract => Some([terms(left)?, scale(terms(right)?, -1.0)].concat()),
        Operator::Multiply if left.number().is_some() => Some(scale(terms(right)?, left.number()?)),
        Operator::Multiply => Some(scale(terms(left)?, right.number()?)),
        Operator::Divide => Some(scale(terms(left)?, 1.0 / right.number().filter(|d| *d != 0.0)?)),
        _ => None,
    }
}

/// A value as loss terms.
pub(super) fn terms(value: &Value) -> Option<Vec<Term>> {
    match &value.data {
        Data::Loss(terms) => Some(terms.clone()),
        Data::Component(c) => read::<Decayed>(c).map(|decayed| decayed.0),
        _ => None,
    }
}

/// How a value says that images are seen: without augmentation, and what stands in their place.
pub(crate) fn view_of(value: &Value) -> Option<(bool, Option<ErrorNoise>)> {
    if let Data::Word(word) = &value.data {
        return match word.as_str() {
            "augmented" => Some((false, None)),
            "clean" => Some((true, None)),
            _ => None,
        };
    }
    let images: Images = read(value.component()?)?;
    Some((false, Some(images.0)))
}

/// The network that a teacher is.
pub(crate) fn net(c: &Component) -> Option<Net> {
    read(c)
}

/// The name of a set.
pub(super) fn set_name(set: Set) -> &'static str {
    if set == Set::Forget { "forget" } else { "retain" }
}

/// A value as a set of parameters.
pub(crate) fn parameters(value: &Value) -> Option<ParameterSet> {
    let c = match &value.data {
        Data::Parameters(set) => return Some(set.clone()),
        Data::Component(c) => c,
        _ => return None,
    };
    read::<Parameters>(c).map(|parameters| parameters.0)
}

impl Value {
    /// Itself as loss terms.
    pub(crate) fn terms(&self) -> Option<Vec<Term>> {
        terms(self)
    }

    /// Itself as a set of parameters.
    pub(crate) fn parameters(&self) -> Option<ParameterSet> {
        parameters(self)
    }
}

/// Sums and differences of parameter sets.
pub(crate) fn join(operator: Operator, left: &Value, right: &Value) -> Option<ParameterSet> {
    let (left, right) = (parameters(left)?, parameters(right)?);
    match operator {
        Operator::Add => Some(ParameterSet::Union { of: vec![left, right] }),
        Operator::Subtract => Some(ParameterSet::Without { of: Box::new(left), except: Box::new(right) }),
        _ => None,
    }
}
