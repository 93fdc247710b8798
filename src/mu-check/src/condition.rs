//! Conditions on where a point stands: `forget == worst and unlearn in [ft, rl]`.

use mu_diag::{Code, Diagnostic, Span};
use mu_syntax::Number;
use mu_syntax::ast::{Expr, Node, Operator};

use crate::eval::{Evaluator, Scope};
use crate::program::{Axis, Condition};
use crate::unit::Unit;
use crate::value::{Data, Value};

/// The number in a label, such as `5` in `5%`, and its unit.
fn number_of(label: &str) -> Option<(Number, Unit)> {
    let split = label.find(|c: char| c == '%' || c.is_whitespace()).unwrap_or(label.len());
    let unit = match label[split..].trim() {
        "" => Unit::Plain,
        unit => Unit::of(unit)?,
    };
    let (negative, digits) = label[..split].strip_prefix('-').map_or((false, &label[..split]), |d| (true, d));
    let v = Number::parse(digits)?;
    Some((if negative { Number::Whole(0).minus(v)? } else { v }, unit))
}

impl Evaluator<'_> {
    /// A condition over some axes; `of` is what has them.
    pub(crate) fn condition(&self, expr: &Expr, axes: &[Axis], of: &str) -> Option<Condition> {
        let both = |a: &Expr, b: &Expr| {
            let (a, b) = (self.condition(a, axes, of), self.condition(b, axes, of));
            Some((Box::new(a?), Box::new(b?)))
        };
        match &expr.node {
            Node::Not(inner) => Some(Condition::Not(Box::new(self.condition(inner, axes, of)?))),
            Node::Binary(Operator::And, a, b) => both(a, b).map(|(a, b)| Condition::And(a, b)),
            Node::Binary(Operator::Or, a, b) => both(a, b).map(|(a, b)| Condition::Or(a, b)),
            Node::Binary(operator, left, right) => {
                self.comparison(*operator, left, right, axes, of, expr.span)
            }
            _ => {
                let message = "a condition compares an axis with one of its positions";
                self.report(
                    Diagnostic::error(Code::WrongType, expr.span, message)
                        .help("such as `forget == worst and seed < 3`"),
                );
                None
            }
        }
    }

    fn comparison(
        &self,
        operator: Operator,
        left: &Expr,
        right: &Expr,
        axes: &[Axis],
        of: &str,
        span: Span,
    ) -> Option<Condition> {
        let Node::Path(name) = &left.node else {
            let message = "the left side of a comparison is an axis";
            self.report(
                Diagnostic::error(Code::WrongType, left.span, message).help("such as `forget == worst`"),
            );
            return None;
        };
        let Some(axis) = axes.iter().position(|a| a.name == *name) else {
            self.report(unknown_axis(name, left.span, axes, of));
            return None;
        };
        let labels = &axes[axis].labels;
        let at = |wanted: &str, span: Span| -> Option<usize> {
            let found = labels.iter().position(|l| l == wanted);
            if found.is_none() {
                let shown: Vec<&str> = labels.iter().take(12).map(String::as_str).collect();
                self.report(
                    Diagnostic::error(
                        Code::UnknownPosition,
                        span,
                        format!("no point of `{of}` has `{name} == {wanted}`"),
                    )
                    .label(format!("`{name}` has {}", shown.join(", ")))
                    .meant(span, wanted, labels.iter().map(String::as_str)),
                );
            }
            found
        };
        let mut allowed = vec![false; labels.len()];
        match operator {
            Operator::Equal | Operator::Unequal => {
                allowed[at(&self.position_text(right, labels), right.span)?] = true;
                if operator == Operator::Unequal {
                    allowed.iter_mut().for_each(|a| *a = !*a);
                }
            }
            Operator::Among => {
                let Node::List(items) = &right.node else {
                    let message = "`in` takes a list of positions";
                    self.report(
                        Diagnostic::error(Code::WrongType, right.span, message)
                            .help("such as `unlearn in [ft, rl]`"),
                    );
                    return None;
                };
                let places: Vec<Option<usize>> =
                    items.iter().map(|i| at(&self.position_text(i, labels), i.span)).collect();
                for place in places {
                    allowed[place?] = true;
                }
            }
            Operator::Above | Operator::AtLeast | Operator::Below | Operator::AtMost => {
                let limit = self.eval(right, &Scope::of(crate::world::ROOT), &[]);
                let Data::Number(limit, unit) = limit.data else {
                    if !limit.is_broken() {
                        let message = format!("an axis is compared with a number, this is {}", limit.what());
                        self.report(Diagnostic::error(Code::WrongType, right.span, message));
                    }
                    return None;
                };
                for (allowed, label) in allowed.iter_mut().zip(labels) {
                    let Some((v, _)) = number_of(label).filter(|(_, u)| *u == unit) else {
                        let message = format!("`{name}` is not on one scale with {limit}{}", unit.suffix());
                        self.report(
                            Diagnostic::error(Code::WrongType, span, message)
                                .label(format!("it has `{label}`")),
                        );
                        return None;
                    };
                    let order = v.compare(limit)?;
                    *allowed = match operator {
                        Operator::Above => order.is_gt(),
                        Operator::AtLeast => order.is_ge(),
                        Operator::Below => order.is_lt(),
                        _ => order.is_le(),
                    };
                }
            }
            _ => {
                let message = "a condition uses `==`, `!=`, `<`, `<=`, `>`, `>=` or `in`";
                self.report(Diagnostic::error(Code::WrongType, span, message));
                return None;
            }
        }
        Some(Condition::On(axis, allowed))
    }

    /// The label that an expression means: a position by its name, or a value as it reads.
    fn position_text(&self, expr: &Expr, labels: &[String]) -> String {
        if let Node::Path(path) = &expr.node
            && (labels.contains(path) || self.world.find(crate::world::ROOT, path).is_none())
        {
            return path.clone();
        }
        let value: Value = self.eval(expr, &Scope::of(crate::world::ROOT), &[]);
        let full = value.component().map(|c| c.full_label()).filter(|full| labels.contains(full));
        full.unwrap_or_else(|| value.to_string())
    }
}

/// What to say of an axis that is not there.
pub(crate) fn unknown_axis(name: &str, span: Span, axes: &[Axis], of: &str) -> Diagnostic {
    let names: Vec<&str> = axes.iter().map(|a| a.name.as_str()).collect();
    let label = if names.is_empty() {
        "it has no axes".to_owned()
    } else {
        format!("its axes are {}", names.join(", "))
    };
    Diagnostic::error(Code::UnknownAxis, span, format!("`{of}` has no axis `{name}`"))
        .label(label)
        .meant(span, name, names)
}
