//! `keep best by abs(ce(forget) - ce(validation))`: what the epochs of a method are judged by.

use mu_diag::{Code, Diagnostic, Span};
use mu_step::expression::{Net, Node as Operation};
use mu_step::{Criterion, Portion, Quantity, Samples, Set};
use mu_syntax::ast::{Argument, Expr, Node, Operator};

use super::Reading;
use super::loss::terms;
use crate::eval::{Evaluator, Scope};
use crate::unit::Unit;
use crate::value::{Data, Value};

impl Evaluator<'_> {
    /// What the best of several epochs is told by.
    pub(super) fn criterion(&self, expr: &Expr, reading: &Reading) -> Option<Criterion> {
        let found = self.judged(expr, reading)?;
        if found.losses().is_empty() {
            let message = "`keep best by` takes a number that depends on the network";
            let found = Diagnostic::error(Code::WrongType, expr.span, message);
            self.report(found.help("such as `abs(ce(forget) - ce(validation))`"));
            return None;
        }
        Some(found)
    }

    fn judged(&self, expr: &Expr, reading: &Reading) -> Option<Criterion> {
        let scaled = |factor, of| Criterion::Scaled { factor, of: Box::new(of) };
        match &expr.node {
            Node::Negate(inner) => Some(scaled(-1.0, self.judged(inner, reading)?)),
            Node::Binary(operator, left, right) => {
                let (left, right) = (self.judged(left, reading), self.judged(right, reading));
                let (left, right) = (left?, right?);
                Some(match (operator, left, right) {
                    (Operator::Add, a, b) => Criterion::Sum { of: vec![a, b] },
                    (Operator::Subtract, a, b) => Criterion::Sum { of: vec![a, scaled(-1.0, b)] },
                    (Operator::Multiply, Criterion::Number { value }, of)
                    | (Operator::Multiply, of, Criterion::Number { value }) => scaled(value, of),
                    (Operator::Divide, of, Criterion::Number { value }) if value != 0.0 => {
                        scaled(1.0 / value, of)
                    }
                    _ => {
                        let message = format!("`{}` cannot stand between these here", operator.sign());
                        let found = Diagnostic::error(Code::WrongType, expr.span, message);
                        let help = "losses are added, subtracted, and multiplied with numbers";
                        self.report(found.help(help));
                        return None;
                    }
                })
            }
            Node::Call(callee, arguments) if callee.text == "abs" => match arguments.as_slice() {
                [only @ Argument { label: None, each: None, .. }] => {
                    Some(Criterion::Abs { of: Box::new(self.judged(&only.value, reading)?) })
                }
                _ => {
                    let message = "`abs` takes one value";
                    self.report(Diagnostic::error(Code::WrongType, expr.span, message));
                    None
                }
            },
            _ => self.loss_over(expr, reading),
        }
    }

    /// A number, or a loss over one set of samples.
    fn loss_over(&self, expr: &Expr, reading: &Reading) -> Option<Criterion> {
        let mut named = Vec::new();
        super::weighted::names(expr, &mut named);
        if named.contains(&"test") {
            let message = "`keep best` may not look at test samples";
            let found = Diagnostic::error(Code::HeldOut, expr.span, message);
            let help =
                "what a method is chosen by cannot be measured on: use `validation`, `forget` or `retain`";
            self.report(found.help(help));
            return None;
        }
        let sets =
            [("forget", Samples::Forget), ("retain", Samples::Retain), ("validation", Samples::Validation)];
        let found: Vec<Samples> =
            sets.into_iter().filter(|(n, _)| named.contains(n)).map(|(_, s)| s).collect();
        let value = self.eval(expr, &placed(reading, expr.span).with_tensors(expr.span), &[]);
        if let Data::Number(v, Unit::Plain) = value.data {
            return Some(Criterion::Number { value: v.real() });
        }
        let all = terms(&value);
        let cannot = |message: &str, help: &str| {
            self.report(Diagnostic::error(Code::WrongType, expr.span, message).help(help));
            None
        };
        let Some(all) = all else {
            if value.is_broken() {
                return None;
            }
            let message = format!("`keep best by` takes losses and numbers, this is {}", value.what());
            return cannot(&message, "such as `abs(ce(forget) - ce(validation))`");
        };
        let [over] = found.as_slice() else {
            let message = "a loss that `keep best` looks at speaks of one set";
            return cannot(message, "write a sum of losses, such as `ce(forget) + ce(validation)`");
        };
        let odd = all.iter().find_map(|t| match &t.term.quantity {
            quantity if quantity.looks_beside() => Some("`beside` is a batch, and there is none"),
            quantity if quantity.any(|n| matches!(n, Operation::NewClass)) => {
                Some("the added class is in no set of samples")
            }
            quantity
                if quantity.any(|n| matches!(n, Operation::Draw { .. } | Operation::DrawClass { .. })) =>
            {
                Some("random numbers are drawn for the steps of a phase")
            }
            quantity if quantity.is_of_second_order() => {
                Some("gradients by images are taken in the steps of a phase")
            }
            quantity if quantity.any(|n| matches!(n, Operation::Output { of: Net::Average { .. }, .. })) => {
                Some("the running mean is of the steps of a phase")
            }
            quantity if quantity.any(|n| matches!(n, Operation::Now { .. } | Operation::Progress)) => {
                Some("`now` and `progress` speak of the epochs of a phase")
            }
            Quantity::Parameters { .. } => Some("norms of parameters speak of no samples"),
            _ if t.term.decay.is_some() => Some("`decay` speaks of the epochs of a phase"),
            _ if t.view.is_some_and(|v| v.noise.is_some()) => Some("images are seen as they are"),
            _ => None,
        });
        if let Some(why) = odd {
            return cannot("this cannot be what `keep best` looks at", why);
        }
        Some(Criterion::Loss { over: *over, terms: all.into_iter().map(|t| t.term).collect() })
    }
}

/// The names of a method, where held-out samples stand for a set of their own.
fn placed(reading: &Reading, span: Span) -> Scope {
    let mut scope = reading.scope.clone();
    let data = Data::Sets(vec![Portion { set: Set::Retain, share: 1.0 }]);
    scope.locals.insert("validation".to_owned(), Value { data, span });
    scope
}
