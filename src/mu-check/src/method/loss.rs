//! Losses as sums of terms, and sets of parameters. Each is made of the other: norms are over sets, and sets are ranked by gradients.

use mu_step::{
    ErrorNoise, Labels, LayerKind, LossTerm, ParameterSet, Portion, Quantity, Reduction, Score, Set, Teacher,
};
use mu_syntax::ast::{Kind, Operator};

use crate::term::{Term, View};
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
            "kl" => Quantity::Divergence { set, teacher: teacher(c)?, temperature: c.real("temperature")? },
            "entropy" => Quantity::Entropy { set },
            "entropy_gap" => Quantity::EntropyGap { set, teacher: teacher(c)? },
            "contrast" => Quantity::Contrast { set, temperature: c.real("temperature")? },
            _ => return None,
        };
        Some(Term { term: term(quantity), view })
    };
    sets.iter().map(of).collect()
}

fn view(c: &Component) -> Option<View> {
    let noise = match c.part("view") {
        Some(images) => Some(ErrorNoise {
            of: None,
            steps: images.int("steps")? as usize,
            lr: images.real("lr")?,
            penalty: images.real("penalty")?,
        }),
        None => None,
    };
    Some(View { clean: c.word("view") == Some("clean"), evaluation: c.word("mode") == Some("eval"), noise })
}

fn labels(value: &Value) -> Option<Labels> {
    if let Some(c) = value.component() {
        return Some(Labels::Boundary { epsilon: c.real("epsilon")? });
    }
    let Data::Word(word) = &value.data else { return None };
    Some(match word.as_str() {
        "random" => Labels::Random,
        "other" => Labels::Other,
        "nearest_other" => Labels::NearestOther,
        "new_class" => Labels::NewClass,
        "uniform" => Labels::Uniform,
        "given" => Labels::True,
        _ => return None,
    })
}

fn teacher(c: &Component) -> Option<Teacher> {
    if let Data::Aside(model) = c.arg("teacher")?.data {
        return Some(Teacher::Aside { model });
    }
    let teacher = c.part("teacher")?;
    Some(match teacher.name.as_str() {
        "scratch" => Teacher::Scratch,
        "average" => Teacher::Average { share: teacher.real("share")? },
        "original" => Teacher::Original,
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
            loss: terms(c.arg("of")?)?.into_iter().map(|t| t.term).collect(),
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
