//! The functions of the language: `mean`, `abs`, `min`, `max` of numbers or of metrics, `of_means` of a metric, `log` of an
//! axis, and `sample` of a set.

use std::cmp::Ordering;

use mu_diag::{Code, Diagnostic, Span};
use mu_step::Portion;
use mu_syntax::Number;
use mu_syntax::ast::{Argument, Name, Node, Operator};

use super::axes::MAX_POINTS;
use super::{Evaluator, Scope};
use crate::program::Formula;
use crate::unit::Unit;
use crate::value::{Data, Value};

pub(crate) const NAMES: &[&str] = &["abs", "log", "log10", "max", "mean", "min", "of_means", "sample"];

impl Evaluator<'_> {
    pub(super) fn function(&self, callee: &Name, arguments: &[Argument], span: Span, scope: &Scope) -> Value {
        if callee.text == "log" {
            return self.log_axis(arguments, span, scope);
        }
        let Some(values) = self.operands(arguments, scope) else { return Value::broken(span) };
        if callee.text == "sample" {
            return self.sample(&values, span);
        }
        self.of_values(&callee.text, &values, span)
    }

    /// A function's value at numbers or metrics.
    pub(super) fn of_values(&self, name: &str, values: &[Value], span: Span) -> Value {
        if values.iter().any(Value::is_broken) {
            return Value::broken(span);
        }
        let wrong = |n: usize| {
            let message = format!("`{name}` cannot take {n} values");
            self.fail(Diagnostic::error(Code::WrongType, span, message))
        };
        let of_one = matches!(name, "abs" | "log10" | "of_means");
        if values.is_empty() || of_one && values.len() != 1 {
            return wrong(values.len());
        }
        if let Some((numbers, unit)) = numbers(values) {
            return Value { data: self.finite(of_numbers(name, &numbers), unit, span), span };
        }
        let formulas: Option<Vec<Formula>> = values.iter().map(|v| self.formula(v)).collect();
        let Some(mut formulas) = formulas else { return Value::broken(span) };
        let formula = match name {
            "abs" => Formula::Abs(Box::new(formulas.remove(0))),
            "log10" => Formula::Log10(Box::new(formulas.remove(0))),
            "of_means" => Formula::OfMeans(Box::new(formulas.remove(0))),
            "mean" => Formula::Mean(formulas),
            "min" => Formula::Min(formulas),
            _ => Formula::Max(formulas),
        };
        Value { data: Data::Formula(formula), span }
    }

    /// The values of arguments, comprehensions and lists unrolled.
    /// `sample(retain, 30%)`: a share of a set, drawn once per phase.
    fn sample(&self, values: &[Value], span: Span) -> Value {
        if let [Value { data: Data::Sets(sets), .. }, Value { data: Data::Number(v, Unit::Percent), .. }] =
            values
            && (0.0..=100.0).contains(&v.real())
        {
            let of = |p: &Portion| Portion { share: p.share * v.real() / 100.0, ..*p };
            return Value { data: Data::Sets(sets.iter().map(of).collect()), span };
        }
        if values.iter().any(Value::is_broken) {
            return Value::broken(span);
        }
        let message = "`sample` takes a set and a percentage up to 100%";
        self.fail(Diagnostic::error(Code::WrongType, span, message).help("such as `sample(retain, 30%)`"))
    }

    pub(super) fn operands(&self, arguments: &[Argument], scope: &Scope) -> Option<Vec<Value>> {
        let mut values = Vec::new();
        for argument in arguments {
            let Some((name, list)) = &argument.each else {
                match self.eval(&argument.value, scope, &[]) {
                    Value { data: Data::List(items), .. } => values.extend(items),
                    value => values.push(value),
                }
                continue;
            };
            let list_value = self.eval(list, scope, &[]);
            let Data::List(items) = list_value.data else {
                if !list_value.is_broken() {
                    let message = format!("`for … in` takes a list, not {}", list_value.what());
                    self.report(Diagnostic::error(Code::WrongType, list.span, message));
                }
                return None;
            };
            for item in items {
                let mut inner = scope.clone();
                inner.locals.insert(name.text.clone(), item);
                values.push(self.eval(&argument.value, &inner, &[]));
            }
        }
        Some(values)
    }

    fn log_axis(&self, arguments: &[Argument], span: Span, scope: &Scope) -> Value {
        let found = match arguments {
            [range, points] => match &range.value.node {
                Node::Binary(Operator::Range, from, to) => {
                    let [from, to, n] = [&**from, &**to, &points.value].map(|e| self.eval(e, scope, &[]));
                    if from.is_broken() || to.is_broken() || n.is_broken() {
                        return Value::broken(span);
                    }
                    match (&from.data, &to.data, &n.data) {
                        (_, _, Data::Number(many, Unit::Plain)) if many.real() > MAX_POINTS as f64 => {
                            let message = format!("`log` makes at most {MAX_POINTS} points, not {many}");
                            return self.fail(Diagnostic::error(Code::TooDeep, n.span, message));
                        }
                        (Data::Number(a, u), Data::Number(b, v), Data::Number(n, Unit::Plain)) if u == v => {
                            self.log(a.real(), b.real(), n.real(), *u, span)
                        }
                        _ => None,
                    }
                }
                _ => None,
            },
            _ => None,
        };
        found.unwrap_or_else(|| {
            let message = "`log` takes a range between two positive numbers and how many points, at least 2";
            self.fail(
                Diagnostic::error(Code::WrongType, span, message)
                    .help("such as `log(1e-4 .. 1e-1, points: 4)`"),
            )
        })
    }
}

/// A function's value at numbers; `None` where it is not finite.
fn of_numbers(function: &str, numbers: &[Number]) -> Option<Number> {
    let all = || numbers.iter().copied();
    let first = all().next()?;
    let zero = Number::Whole(0);
    let pick = |wanted: Ordering| all().reduce(|a, b| if b.compare(a) == Some(wanted) { b } else { a });
    match function {
        "abs" if first.compare(zero) == Some(Ordering::Less) => zero.minus(first),
        "log10" => Some(Number::from(first.real().log10())).filter(|n| n.real().is_finite()),
        "abs" | "of_means" => Some(first),
        "mean" => all().try_fold(zero, Number::plus)?.over(Number::Whole(numbers.len() as i128)),
        "min" => pick(Ordering::Less),
        _ => pick(Ordering::Greater),
    }
}

/// The numbers, where all are and have one unit.
fn numbers(values: &[Value]) -> Option<(Vec<Number>, Unit)> {
    let unit = match values.first()?.data {
        Data::Number(_, unit) => unit,
        _ => return None,
    };
    let number = |v: &Value| match v.data {
        Data::Number(x, u) if u == unit => Some(x),
        _ => None,
    };
    Some((values.iter().map(number).collect::<Option<_>>()?, unit))
}
