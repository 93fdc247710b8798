//! Losses as sums of terms, and sets of parameters. Each is made of the other: norms are over sets, and sets are ranked by gradients.

use mu_step::expression::Net;
use mu_step::{ErrorNoise, LayerKind, ParameterSet, Score, Set};
use mu_syntax::ast::{Kind, Operator};

use crate::term::Term;
use crate::value::{Component, Data, Value};

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
    let c = match &value.data {
        Data::Loss(terms) => return Some(terms.clone()),
        Data::Component(c) if c.kind == Kind::Loss => c,
        _ => return None,
    };
    if c.name == "decay" {
        let rest = c.int("rest")? as usize;
        let mut inner = terms(c.arg("of")?)?;
        inner.iter_mut().for_each(|t| t.term.decay = Some(rest));
        return Some(inner);
    }
    None
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
    let images = value.component().filter(|c| c.kind == Kind::Images)?;
    let noise = ErrorNoise {
        of: None,
        steps: images.int("steps")? as usize,
        lr: images.real("lr")?,
        penalty: images.real("penalty")?,
    };
    Some((false, Some(noise)))
}

/// The network that a teacher is.
pub(crate) fn net(c: &Component) -> Option<Net> {
    if c.kind != Kind::Teacher {
        return None;
    }
    Some(match c.name.as_str() {
        "scratch" => Net::Scratch,
        "average" => Net::Average { share: c.real("share")? },
        "original" => Net::Original,
        _ => return None,
    })
}

/// Terms whose draws are numbered from 0: equal texts are then equal.
pub(super) fn numbered(mut terms: Vec<Term>) -> Vec<Term> {
    let mut known = Vec::new();
    for term in &mut terms {
        term.term.quantity.expressions_mut().for_each(|e| e.renumber(&mut known));
    }
    terms
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
    let layers = c.int("k").unwrap_or(1) as usize;
    Some(match c.name.as_str() {
        "all" => ParameterSet::All,
        "last" => ParameterSet::Last { layers },
        "first" => ParameterSet::First { layers },
        "convs" => ParameterSet::Kind { layer: LayerKind::Conv },
        "linears" => ParameterSet::Kind { layer: LayerKind::Linear },
        "norms" => ParameterSet::Kind { layer: LayerKind::Norm },
        "moving" => ParameterSet::Moving,
        "named" => {
            let Data::Text(pattern) = &c.arg("pattern")?.data else { return None };
            ParameterSet::Named { pattern: pattern.clone() }
        }
        "some" => ParameterSet::Some {
            tensors: c.int("tensors")? as usize,
            of: Box::new(parameters(c.arg("of")?)?),
        },
        "top" | "bottom" => ParameterSet::Ranked {
            share: c.real("share")? / 100.0,
            by: score(c.part("rank")?)?,
            of: Box::new(parameters(c.arg("of")?)?),
            by_layer: c.word("ranked")? == "by_layer",
            lowest: c.name == "bottom",
        },
        _ => return None,
    })
}

fn score(c: &Component) -> Option<Score> {
    Some(match c.name.as_str() {
        "magnitude" => Score::Magnitude,
        "gradient" => Score::Gradient {
            loss: numbered(terms(c.arg("of")?)?).into_iter().map(|t| t.term).collect(),
            batch: c.int("batch")? as usize,
        },
        _ => return None,
    })
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
