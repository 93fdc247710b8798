//! Losses as sums of terms, and sets of parameters. Each is made of the other: norms are over sets, and sets are ranked by gradients.

use mu_step::{Labels, LossTerm, ParameterSet, Portion, Quantity, Reduction, Set, Teacher};
use mu_syntax::ast::{Kind, Operator};

use crate::term::{Term, View};
use crate::value::{Component, Data, Value};
use crate::vocabulary::{Argument, Images, LabelRule, Parameters, read};

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
    let term = |quantity| LossTerm { coefficient: 1.0, decay: None, quantity };
    match c.name.as_str() {
        "l1" => {
            let parameters = parameters(c.arg("of")?)?;
            return Some(vec![Term { term: term(Quantity::L1 { parameters }), view: None }]);
        }
        "l2" => {
            let to_original = c.word("from")? == "original";
            let parameters = parameters(c.arg("of")?)?;
            return Some(vec![Term { term: term(Quantity::L2 { parameters, to_original }), view: None }]);
        }
        _ => {}
    }
    let Data::Sets(sets) = &c.arg("of")?.data else { return None };
    let view = Some(view(c)?);
    let of = |portion: &Portion| {
        let set = portion.set;
        let quantity = match c.name.as_str() {
            "ce" => Quantity::CrossEntropy {
                set,
                labels: labels(c.arg("labels")?)?,
                reduction: if c.word("reduction")? == "sum" { Reduction::Sum } else { Reduction::Mean },
                balance: c.real("balance")?,
            },
            "kl" => Quantity::Divergence {
                set,
                teacher: Teacher::read(c.arg("teacher")?)?,
                temperature: c.real("temperature")?,
            },
            "entropy" => Quantity::Entropy { set },
            "entropy_gap" => Quantity::EntropyGap { set, teacher: Teacher::read(c.arg("teacher")?)? },
            "contrast" => Quantity::Contrast { set, temperature: c.real("temperature")? },
            _ => return None,
        };
        Some(Term { term: term(quantity), view })
    };
    sets.iter().map(of).collect()
}

fn view(c: &Component) -> Option<View> {
    let noise = match c.part("view") {
        Some(images) => Some(read::<Images>(images)?.0),
        None => None,
    };
    Some(View { clean: c.word("view") == Some("clean"), evaluation: c.word("mode") == Some("eval"), noise })
}

fn labels(value: &Value) -> Option<Labels> {
    if let Some(c) = value.component() {
        return read::<LabelRule>(c).map(|rule| rule.0);
    }
    Some(match value.word()? {
        "random" => Labels::Random,
        "other" => Labels::Other,
        "nearest_other" => Labels::NearestOther,
        "new_class" => Labels::NewClass,
        "uniform" => Labels::Uniform,
        "given" => Labels::True,
        _ => return None,
    })
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
