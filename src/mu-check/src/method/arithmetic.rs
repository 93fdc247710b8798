//! Arithmetic of weights: `original - 0.5 * (tuned - original)`.

use mu_diag::{Code, Diagnostic, Span};
use mu_step::{Multiple, Weights};
use mu_syntax::ast::{Argument, Expr, Node, Operator};

use super::{MODELS, Reading};
use crate::eval::Evaluator;
use crate::unit::Unit;
use crate::value::{Data, Value};

/// A part of such an expression.
enum Amount {
    Number(f64),
    Weights(Vec<Multiple>),
}

impl Evaluator<'_> {
    /// The sum of models that the weights are set to.
    pub(super) fn combination(&self, expr: &Expr, reading: &Reading) -> Option<Vec<Multiple>> {
        if reading.class {
            let message = "the network has one output more than the models that it would be set to";
            let found = Diagnostic::error(Code::WrongType, expr.span, message);
            self.report(found.help("do the arithmetic before `add class`, or leave that away"));
            return None;
        }
        match self.summand(expr, reading)? {
            Amount::Weights(sum) => Some(sum),
            Amount::Number(_) => {
                let message = "`weights` are set to weights, this is a number";
                let found = Diagnostic::error(Code::WrongType, expr.span, message);
                self.report(found.help("such as `original - 0.5 * (tuned - original)`"));
                None
            }
        }
    }

    fn summand(&self, expr: &Expr, reading: &Reading) -> Option<Amount> {
        let one = |of| Some(Amount::Weights(vec![Multiple { factor: 1.0, of }]));
        match &expr.node {
            Node::Path(name) if reading.asides.contains(name) => {
                one(Weights::Aside { model: reading.asides.iter().position(|n| n == name)? })
            }
            Node::Path(name) if name == "original" => one(Weights::Original),
            Node::Path(name) if name == "scratch" => one(Weights::Scratch),
            Node::Path(name) if name == "weights" => one(Weights::Present),
            Node::Path(name) if self.is_unknown(name, reading) => {
                let message = format!("there is no model `{name}` here");
                let known: Vec<&str> =
                    MODELS.iter().copied().chain(reading.asides.iter().map(String::as_str)).collect();
                let found = Diagnostic::error(Code::UnknownName, expr.span, message);
                let label = format!("there are {}", known.join(", "));
                self.report(found.label(label).meant(expr.span, name, known));
                None
            }
            Node::Negate(inner) => Some(scaled(self.summand(inner, reading)?, -1.0)),
            Node::Binary(operator, left, right) => {
                let (left, right) = (self.summand(left, reading), self.summand(right, reading));
                self.joined(*operator, left?, right?, expr.span)
            }
            Node::Call(callee, arguments) if callee.text == "consensus" => {
                self.consensus(arguments, expr.span, reading)
            }
            _ => match self.eval(expr, &reading.scope, &[]) {
                Value { data: Data::Number(v, Unit::Plain), .. } => Some(Amount::Number(v.real())),
                value => {
                    if !value.is_broken() {
                        let message = format!(
                            "arithmetic of weights takes models and numbers, this is {}",
                            value.what()
                        );
                        self.report(Diagnostic::error(Code::WrongType, expr.span, message));
                    }
                    None
                }
            },
        }
    }

    fn is_unknown(&self, name: &str, reading: &Reading) -> bool {
        let first = name.split('.').next().unwrap_or(name);
        let scope = &reading.scope;
        !scope.locals.contains_key(first)
            && self.world.find(scope.module, name).is_none()
            && self.world.find(scope.module, first).is_none()
            && !self.world.is_lost(scope.module, name)
            && !name.contains('.')
    }

    fn joined(&self, operator: Operator, left: Amount, right: Amount, span: Span) -> Option<Amount> {
        use Amount::{Number, Weights};
        use Operator::{Add, Divide, Multiply, Subtract};
        let cannot = |message: &str| {
            self.report(Diagnostic::error(Code::WrongType, span, message));
            None
        };
        match (operator, left, right) {
            (Add, Number(a), Number(b)) => Some(Number(a + b)),
            (Subtract, Number(a), Number(b)) => Some(Number(a - b)),
            (Multiply, Number(a), Number(b)) => Some(Number(a * b)),
            (Divide, _, Number(0.0)) => cannot("this divides by zero"),
            (Divide, left, Number(b)) => Some(scaled(left, 1.0 / b)),
            (Multiply, Number(a), sum @ Weights(_)) | (Multiply, sum @ Weights(_), Number(a)) => {
                Some(scaled(sum, a))
            }
            (Add, Weights(a), Weights(b)) => Some(Weights(summed(a, b))),
            (Subtract, Weights(a), Weights(b)) => Some(Weights(match scaled(Weights(b), -1.0) {
                Weights(b) => summed(a, b),
                Number(_) => a,
            })),
            (Add | Subtract, ..) => cannot("a number is added to weights"),
            (Multiply | Divide, ..) => cannot("weights are multiplied with numbers, and divided by numbers"),
            _ => cannot("weights are added, subtracted, and multiplied with numbers; there is nothing else"),
        }
    }

    fn consensus(&self, arguments: &[Argument], span: Span, reading: &Reading) -> Option<Amount> {
        let plain =
            |a: &Argument| a.label.is_none() && a.each.is_none() && a.filter.is_none() && a.over.is_none();
        if arguments.len() < 2 || !arguments.iter().all(plain) {
            let message = "`consensus` takes two or more sums of models";
            let found = Diagnostic::error(Code::WrongType, span, message);
            self.report(found.help("such as `consensus(a - original, b - original)`"));
            return None;
        }
        let all: Vec<Option<Amount>> = arguments.iter().map(|a| self.summand(&a.value, reading)).collect();
        let mut of = Vec::new();
        for (amount, argument) in all.into_iter().zip(arguments) {
            match amount? {
                Amount::Weights(sum) => of.push(sum),
                Amount::Number(_) => {
                    let message = "`consensus` takes sums of models, this is a number";
                    self.report(Diagnostic::error(Code::WrongType, argument.value.span, message));
                    return None;
                }
            }
        }
        Some(Amount::Weights(vec![Multiple { factor: 1.0, of: Weights::Consensus { of } }]))
    }
}

fn scaled(amount: Amount, by: f64) -> Amount {
    match amount {
        Amount::Number(v) => Amount::Number(v * by),
        Amount::Weights(mut sum) => {
            sum.iter_mut().for_each(|m| m.factor *= by);
            Amount::Weights(sum)
        }
    }
}

/// A model that stands in both has one factor.
fn summed(mut a: Vec<Multiple>, b: Vec<Multiple>) -> Vec<Multiple> {
    for more in b {
        match a.iter_mut().find(|m| m.of == more.of) {
            Some(have) => have.factor += more.factor,
            None => a.push(more),
        }
    }
    a
}
