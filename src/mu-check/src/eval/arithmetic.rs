//! Operators between values.

use std::rc::Rc;

use indexmap::IndexMap;
use mu_diag::{Code, Diagnostic, Span};
use mu_syntax::Number;
use mu_syntax::ast::{Kind, Operator};

use super::Evaluator;
use crate::program::Formula;
use crate::unit::Unit;
use crate::value::{Component, Data, Stage, Value};

impl Evaluator<'_> {
    pub(super) fn arithmetic(&self, operator: Operator, left: &Value, right: &Value, span: Span) -> Data {
        use Operator::{Add, Divide, Multiply, Subtract};
        if left.is_broken() || right.is_broken() {
            return Data::Broken;
        }
        let is = |v: &Value, kind: Kind| v.component().is_some_and(|c| c.kind == kind);
        let is_metric = |v: &Value| matches!(v.data, Data::Formula(_)) || is(v, Kind::Metric);
        let is_loss = |v: &Value| matches!(v.data, Data::Loss(_)) || is(v, Kind::Loss);
        if is_metric(left) || is_metric(right) {
            let build: fn(Box<Formula>, Box<Formula>) -> Formula = match operator {
                Add => Formula::Add,
                Subtract => Formula::Subtract,
                Multiply => Formula::Multiply,
                Divide => Formula::Divide,
                _ => return self.cannot(operator, left, right, span),
            };
            let (Some(a), Some(b)) = (self.formula(left), self.formula(right)) else { return Data::Broken };
            return Data::Formula(build(Box::new(a), Box::new(b)));
        }
        if is_loss(left) || is_loss(right) {
            if let Some(made) = self.scaled(operator, left, right, span) {
                return made;
            }
            return crate::method::combine(operator, left, right)
                .map_or_else(|| self.cannot(operator, left, right, span), Data::Loss);
        }
        if let Some(made) = self.tensor_arithmetic(operator, left, right, span) {
            return made;
        }
        let is_parameters = |v: &Value| matches!(v.data, Data::Parameters(_)) || is(v, Kind::Parameters);
        if is_parameters(left) && is_parameters(right) {
            return crate::method::join(operator, left, right)
                .map_or_else(|| self.cannot(operator, left, right, span), Data::Parameters);
        }
        if let Some(stages) = stages(operator, left, right) {
            return composed(stages);
        }
        match (operator, &left.data, &right.data) {
            (Add, Data::Sets(a), Data::Sets(b)) => Data::Sets(a.iter().chain(b).copied().collect()),
            (Add, Data::List(a), Data::List(b)) => Data::List(a.iter().chain(b).cloned().collect()),
            (Add, Data::Number(a, u), Data::Number(b, v)) if u == v => self.finite(a.plus(*b), *u, span),
            (Subtract, Data::Number(a, u), Data::Number(b, v)) if u == v => {
                self.finite(a.minus(*b), *u, span)
            }
            (Multiply, Data::Number(a, Unit::Plain), Data::Number(b, u))
            | (Multiply, Data::Number(a, u), Data::Number(b, Unit::Plain)) => {
                self.finite(a.times(*b), *u, span)
            }
            (Divide, Data::Number(a, u), Data::Number(b, v))
                if b.real() != 0.0 && (*v == Unit::Plain || u == v) =>
            {
                self.finite(a.over(*b), if *v == Unit::Plain { *u } else { Unit::Plain }, span)
            }
            (_, Data::Number(a, u), Data::Number(b, v)) if u == v => match compare(operator, *a, *b) {
                Some(found) => Data::Bool(found),
                None => self.cannot(operator, left, right, span),
            },
            (Operator::And, Data::Bool(a), Data::Bool(b)) => Data::Bool(*a && *b),
            (Operator::Or, Data::Bool(a), Data::Bool(b)) => Data::Bool(*a || *b),
            _ => self.cannot(operator, left, right, span),
        }
    }

    /// A computed number, or what to say where it has become too large.
    pub(super) fn finite(&self, found: Option<Number>, unit: Unit, span: Span) -> Data {
        let Some(found) = found else {
            let message = "this is larger than any number";
            return self.fail(Diagnostic::error(Code::OutOfRange, span, message)).data;
        };
        Data::Number(found, unit)
    }

    fn cannot(&self, operator: Operator, left: &Value, right: &Value, span: Span) -> Data {
        let message = match (operator, &left.data, &right.data) {
            (Operator::Divide, Data::Number(..), Data::Number(b, _)) if b.real() == 0.0 => {
                "this divides by zero".to_owned()
            }
            _ => format!("`{}` cannot stand between {} and {}", operator.sign(), left.what(), right.what()),
        };
        self.fail(Diagnostic::error(Code::WrongType, span, message)).data
    }
}

/// `a then b` and `a on part`: methods that run in turn.
fn stages(operator: Operator, left: &Value, right: &Value) -> Option<Vec<Stage>> {
    let of = |v: &Value| -> Option<Vec<Stage>> {
        let method = v.component().filter(|c| c.kind == Kind::Method)?;
        Some(if method.stages.is_empty() {
            vec![Stage { method: Rc::clone(method), on: None, span: v.span }]
        } else {
            method.stages.clone()
        })
    };
    match operator {
        Operator::Then => Some([of(left)?, of(right)?].concat()),
        Operator::On => {
            let part = right.component().filter(|c| c.kind == Kind::Selection)?;
            let mut stages = of(left)?;
            stages.iter_mut().for_each(|s| s.on = s.on.take().or_else(|| Some(Rc::clone(part))));
            Some(stages)
        }
        _ => None,
    }
}

/// A component that stands for methods in turn.
fn composed(stages: Vec<Stage>) -> Data {
    let Some(first) = stages.first() else { return Data::Broken };
    let word = |s: &Stage| match &s.on {
        Some(part) => format!("{} on {}", s.method.full_label(), part.full_label()),
        None => s.method.full_label(),
    };
    let label = stages.iter().map(word).collect::<Vec<_>>().join(" then ");
    let component = Component {
        label,
        args: IndexMap::new(),
        written: Vec::new(),
        given: Vec::new(),
        ..(*first.method).clone()
    };
    Data::Component(Rc::new(Component { stages, ..component }))
}

fn compare(operator: Operator, a: Number, b: Number) -> Option<bool> {
    let order = a.compare(b)?;
    Some(match operator {
        Operator::Equal => order.is_eq(),
        Operator::Unequal => order.is_ne(),
        Operator::Above => order.is_gt(),
        Operator::AtLeast => order.is_ge(),
        Operator::Below => order.is_lt(),
        Operator::AtMost => order.is_le(),
        _ => return None,
    })
}
