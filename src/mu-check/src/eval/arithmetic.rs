//! Operators between values.

use mu_diag::{Code, Diagnostic, Span};
use mu_syntax::ast::{Kind, Operator};

use super::Evaluator;
use crate::program::Formula;
use crate::value::{Data, Unit, Value};

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
            return crate::method::combine(operator, left, right)
                .map_or_else(|| self.cannot(operator, left, right, span), Data::Loss);
        }
        match (operator, &left.data, &right.data) {
            (Add, Data::Sets(a), Data::Sets(b)) => Data::Sets(a.iter().chain(b).copied().collect()),
            (Add, Data::List(a), Data::List(b)) => Data::List(a.iter().chain(b).cloned().collect()),
            (Add, Data::Number(a, u), Data::Number(b, v)) if u == v => Data::Number(a + b, *u),
            (Subtract, Data::Number(a, u), Data::Number(b, v)) if u == v => Data::Number(a - b, *u),
            (Multiply, Data::Number(a, Unit::Plain), Data::Number(b, u))
            | (Multiply, Data::Number(a, u), Data::Number(b, Unit::Plain)) => Data::Number(a * b, *u),
            (Divide, Data::Number(a, u), Data::Number(b, v))
                if *b != 0.0 && (*v == Unit::Plain || u == v) =>
            {
                Data::Number(a / b, if *v == Unit::Plain { *u } else { Unit::Plain })
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

    fn cannot(&self, operator: Operator, left: &Value, right: &Value, span: Span) -> Data {
        let message = match (operator, &left.data, &right.data) {
            (Operator::Divide, Data::Number(..), Data::Number(b, _)) if *b == 0.0 => {
                "this divides by zero".to_owned()
            }
            _ => format!("`{}` cannot stand between {} and {}", operator.sign(), left.what(), right.what()),
        };
        self.fail(Diagnostic::error(Code::WrongType, span, message)).data
    }
}

fn compare(operator: Operator, a: f64, b: f64) -> Option<bool> {
    Some(match operator {
        Operator::Equal => a == b,
        Operator::Unequal => a != b,
        Operator::Above => a > b,
        Operator::AtLeast => a >= b,
        Operator::Below => a < b,
        Operator::AtMost => a <= b,
        _ => return None,
    })
}
