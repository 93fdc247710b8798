//! Losses times what an expression makes of a step: `(1 + cos(pi * progress)) * ce(forget)`.

use mu_diag::{Code, Diagnostic, Span};
use mu_step::expression::{Binary, Expression, Node};
use mu_syntax::ast::Operator;

use super::super::words::tensor_of;
use crate::eval::Evaluator;
use crate::value::{Data, Tensor, Value};

impl Evaluator<'_> {
    /// A loss multiplied or divided by a tensor; nothing where the operands are others.
    pub(in crate::eval) fn scaled(
        &self,
        operator: Operator,
        left: &Value,
        right: &Value,
        span: Span,
    ) -> Option<Data> {
        let (factor, loss, f) = match (operator, &left.data, &right.data) {
            (Operator::Multiply, Data::Tensor(factor), _) => (factor, right, Binary::Multiply),
            (Operator::Multiply, _, Data::Tensor(factor)) => (factor, left, Binary::Multiply),
            (Operator::Divide, _, Data::Tensor(factor)) => (factor, left, Binary::Divide),
            _ => return None,
        };
        let mut terms = loss.terms()?;
        if self.is_one_number(factor, span).is_none() {
            return Some(Data::Broken);
        }
        for term in &mut terms {
            let quantity = &mut term.term;
            match factor.of.constant() {
                Some(number) if f == Binary::Multiply => quantity.coefficient *= number,
                Some(0.0) => {
                    let message = "this divides by zero";
                    return Some(self.fail(Diagnostic::error(Code::WrongType, span, message)).data);
                }
                Some(number) => quantity.coefficient /= number,
                None => {
                    let Some(of) = quantity.quantity.expressions_mut().next() else { continue };
                    *of = match f {
                        Binary::Divide => Expression::of([of, &factor.of], |[a, b]| Node::Binary { f, a, b }),
                        _ => Expression::of([&factor.of, of], |[a, b]| Node::Binary { f, a, b }),
                    };
                    if let Err(problem) = tensor_of(of.clone()) {
                        return Some(self.fail(Diagnostic::error(Code::Axes, span, problem)).data);
                    }
                }
            }
        }
        Some(Data::Loss(terms))
    }

    /// Whether a tensor is one number, the same for all samples; an error where it is not.
    fn is_one_number(&self, factor: &Tensor, span: Span) -> Option<()> {
        let own = if factor.ty.sample { " of each sample" } else { "" };
        if own.is_empty() && factor.ty.axes.is_empty() {
            return Some(());
        }
        let message = format!("a loss is multiplied by one number, this is {}{own}", factor.ty);
        self.report(
            Diagnostic::error(Code::Axes, span, message)
                .help("multiply what the loss takes together: `mean(forget, … * …)`"),
        );
        None
    }
}
