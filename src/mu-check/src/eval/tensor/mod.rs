//! Tensor expressions: words, operators and functions of a loss's text.

mod args;
mod diffusion;
mod function;
mod scale;
mod script;
mod sets;

use std::rc::Rc;

use mu_diag::{Code, Diagnostic, Span};
use mu_step::expression::{Axis, Binary, Expression, Law, Net, Node, Reduce, Sort, Unary};
use mu_syntax::ast::{Expr, Operator};

use super::words::tensor_of;
use super::{Evaluator, Scope};
use crate::unit::Unit;
use crate::value::{Data, Tensor, Value};

/// Where an expression stands that is no loss.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    /// It is computed for every training sample, of a model.
    Score,
    /// It is computed from stored outputs.
    Metric,
}

impl Evaluator<'_> {
    /// A value as a tensor: plain numbers are.
    pub(crate) fn tensor(&self, value: &Value) -> Option<Tensor> {
        match &value.data {
            Data::Tensor(tensor) => Some((**tensor).clone()),
            Data::Number(v, Unit::Plain) => tensor_of(Expression::number(v.real())).ok(),
            Data::Broken => None,
            Data::Number(..) => {
                let message = format!("an expression takes plain numbers, this is {}", value.what());
                self.report(
                    Diagnostic::error(Code::WrongUnit, value.span, message)
                        .help("give the parameter the type `real`, or divide by a number of the unit"),
                );
                None
            }
            _ => {
                let message = format!("a number or a tensor is needed here, this is {}", value.what());
                self.report(Diagnostic::error(Code::WrongType, value.span, message));
                None
            }
        }
    }

    /// A tensor made of others.
    pub(super) fn made<const N: usize>(
        &self,
        operands: [&Tensor; N],
        span: Span,
        make: impl FnOnce([usize; N]) -> Node,
    ) -> Data {
        let mut parameters = None;
        for own in operands.iter().filter_map(|t| t.parameters.as_ref()) {
            if parameters.get_or_insert_with(|| own.clone()) != own {
                let message = "this joins the weights of two sets of parameters";
                return self
                    .fail(
                        Diagnostic::error(Code::WrongType, span, message)
                            .help("take both of one set: entry by entry, they are of one shape"),
                    )
                    .data;
            }
        }
        match tensor_of(Expression::of(operands.map(|t| &t.of), make)) {
            Ok(tensor) => Data::Tensor(Rc::new(Tensor { parameters, ..tensor })),
            Err(problem) => self.fail(Diagnostic::error(Code::Axes, span, problem)).data,
        }
    }

    /// An operator between tensors, where one is one.
    pub(super) fn tensor_arithmetic(
        &self,
        operator: Operator,
        left: &Value,
        right: &Value,
        span: Span,
    ) -> Option<Data> {
        let is = |v: &Value| matches!(v.data, Data::Tensor(_));
        if !is(left) && !is(right) {
            return None;
        }
        let f = match operator {
            Operator::Add => Binary::Add,
            Operator::Subtract => Binary::Subtract,
            Operator::Multiply => Binary::Multiply,
            Operator::Divide => Binary::Divide,
            Operator::Equal => Binary::Equal,
            Operator::Unequal => Binary::Unequal,
            Operator::Above => Binary::Above,
            Operator::AtLeast => Binary::AtLeast,
            Operator::Below => Binary::Below,
            Operator::AtMost => Binary::AtMost,
            _ => return None,
        };
        let (Some(a), Some(b)) = (self.tensor(left), self.tensor(right)) else { return Some(Data::Broken) };
        Some(self.operation(f, &a, &b, span))
    }

    /// What changes nothing is left out.
    pub(super) fn operation(&self, f: Binary, a: &Tensor, b: &Tensor, span: Span) -> Data {
        let whole = |t: &Tensor| Data::Tensor(Rc::new(t.clone()));
        match (f, a.of.constant(), b.of.constant()) {
            (Binary::Subtract, Some(0.0), None) => {
                return self.made([b], span, |[of]| Node::Unary { f: Unary::Negate, of });
            }
            (Binary::Multiply | Binary::Divide | Binary::Power, _, Some(1.0))
            | (Binary::Add | Binary::Subtract, _, Some(0.0)) => {
                return whole(a);
            }
            (Binary::Multiply, Some(1.0), _) | (Binary::Add, Some(0.0), _) => return whole(b),
            (Binary::Power, _, Some(0.0)) => {
                return tensor_of(Expression::number(1.0)).map_or(Data::Broken, |t| whole(&t));
            }
            (Binary::Divide, _, Some(0.0)) => {
                return self.fail(Diagnostic::error(Code::WrongType, span, "this divides by zero")).data;
            }
            (_, Some(x), Some(y)) => {
                if let Some(folded) = fold(f, x, y) {
                    return tensor_of(Expression::number(folded)).map_or(Data::Broken, |t| whole(&t));
                }
            }
            (Binary::Below, _, Some(bound)) if is_share(&a.of) && !(0.0 < bound && bound < 1.0) => {
                let always = if bound >= 1.0 { 1.0 } else { 0.0 };
                return tensor_of(Expression::number(always)).map_or(Data::Broken, |t| whole(&t));
            }
            _ => {}
        }
        self.made([a, b], span, |[a, b]| Node::Binary { f, a, b })
    }

    /// `logits[label]`
    pub(super) fn pick(&self, of: &Expr, class: &Expr, span: Span, scope: &Scope) -> Data {
        let (of, class) = (self.eval(of, scope, &[]), self.eval(class, scope, &[]));
        let (Some(of), Some(class)) = (self.tensor(&of), self.tensor(&class)) else { return Data::Broken };
        self.made([&of, &class], span, |[of, class]| Node::Pick { of, class })
    }

    /// The network that a value is, where it is one.
    pub(super) fn network(value: &Value) -> Option<Net> {
        match &value.data {
            Data::Network(net) => Some(net.clone()),
            Data::Aside(model) => Some(Net::Aside { model: *model }),
            Data::Component(c) => crate::method::net(c),
            _ => None,
        }
    }

    /// Entries taken together along some axes, or all.
    pub(super) fn reduced(&self, f: Reduce, of: &Tensor, over: Option<Axis>, span: Span) -> Data {
        if of.ty.sort == Sort::Class {
            let message = "a class is no number: compare it, or pick an entry by it";
            return self.fail(Diagnostic::error(Code::Axes, span, message)).data;
        }
        let over = over.map_or_else(|| of.ty.axes.clone(), |axis| vec![axis]);
        self.made([of], span, |[of]| Node::Reduce { f, of, over })
    }
}

/// Whether it is drawn from 0..1: never below 0, and always below 1.
fn is_share(of: &Expression) -> bool {
    matches!(of.nodes()[of.root()], Node::Draw { law: Law::Uniform, .. })
}

/// Arithmetic of two numbers, where it is finite.
fn fold(f: Binary, x: f64, y: f64) -> Option<f64> {
    let value = match f {
        Binary::Add => x + y,
        Binary::Subtract => x - y,
        Binary::Multiply => x * y,
        Binary::Divide => x / y,
        Binary::Power => x.powf(y),
        Binary::Min => x.min(y),
        Binary::Max => x.max(y),
        Binary::Equal
        | Binary::Unequal
        | Binary::Above
        | Binary::AtLeast
        | Binary::Below
        | Binary::AtMost => {
            return None;
        }
    };
    value.is_finite().then_some(value)
}
