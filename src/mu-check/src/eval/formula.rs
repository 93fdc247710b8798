//! Metrics as arithmetic over measured numbers.

use mu_diag::{Code, Diagnostic};
use mu_step::Feature;
use mu_step::expression::Expression;
use mu_syntax::ast::{Body, Expr, Kind, Name};

use super::{Evaluator, Scope};
use crate::program::{Formula, Measured, Score};
use crate::value::{Component, Data, Value};
use crate::wanted::Wanted;

impl Evaluator<'_> {
    /// A value as a metric's formula; reports where it is none.
    pub(crate) fn formula(&self, value: &Value) -> Option<Formula> {
        match &value.data {
            Data::Number(v, _) => Some(Formula::Number(v.real())),
            Data::Formula(formula) => Some(formula.clone()),
            Data::Tensor(tensor) if tensor.of.constant().is_some() => {
                tensor.of.constant().map(Formula::Number)
            }
            Data::Component(c) if c.kind == Kind::Metric && c.given.is_empty() => {
                let key = (c.module, c.name.clone());
                if let Some(known) = self.formulas.borrow().get(&key) {
                    return Some(known.clone());
                }
                let formula = self.metric_formula(c)?;
                self.formulas.borrow_mut().insert(key, formula.clone());
                Some(formula)
            }
            Data::Component(c) if c.kind == Kind::Metric => self.metric_formula(c),
            Data::Broken => None,
            _ => {
                let message = format!("a metric is needed here, this is {}", value.what());
                self.report(Diagnostic::error(Code::WrongType, value.span, message));
                None
            }
        }
    }

    /// What an attack sees of a sample: a score that is made of outputs.
    fn signal(&self, score: &Component) -> Option<Expression> {
        match self.score(score)? {
            Score::Text { of, early: None } if of.reads_outputs_only() => Some(of),
            _ => {
                let message = format!("an attack sees outputs, and `{}` is more than they say", score.label);
                self.report(Diagnostic::error(Code::WrongType, score.declaration.name.span, message).help(
                    "use a score of logits and labels, such as `margin` or `score own = -log_p(label)`",
                ));
                None
            }
        }
    }

    fn metric_formula(&self, c: &Component) -> Option<Formula> {
        let name = &c.declaration.name;
        match &c.declaration.body {
            Body::Value(body) => {
                let mut scope = Scope::of_metrics(c.module, body.span);
                scope.locals.extend(c.args.clone());
                self.deeper(body.span, || {
                    let value = self.wanting(Wanted::kind(Kind::Metric), || self.eval(body, &scope, &[]));
                    self.formula(&value)
                })
            }
            Body::Builtin => {
                let mut found = crate::measured::kernel(c);
                if let (Some(Measured::Attack(attack)), Some(score)) = (&mut found, c.part("feature")) {
                    attack.feature = Feature::Score(self.signal(score)?);
                }
                if found.is_none() {
                    self.report(self.no_kernel(&c.declaration));
                }
                match c.arg("on").and_then(|on| Some((Self::set_of(on)?, on.span))) {
                    Some((set, at)) => self.among(found?, set, at),
                    None => found.map(|m| Formula::Measured(m, None)),
                }
            }
            _ => {
                let message = "a metric is a formula over metrics, or `builtin`";
                self.report(
                    Diagnostic::error(Code::WrongType, name.span, message)
                        .help(format!("write `metric {}: percent = …`", name.text)),
                );
                None
            }
        }
    }

    /// `m[unlearn == retrain]`: the metric at the same point with another method.
    pub(super) fn taken_at(&self, inner: &Expr, axis: &Name, label: &Name, scope: &Scope) -> Data {
        let inner = self.eval(inner, scope, &[]);
        match self.formula(&inner) {
            Some(formula) if axis.text == "unlearn" => Data::Formula(formula.at(&label.text)),
            Some(_) => {
                let message = "a metric can be taken at another method only";
                let diagnostic = Diagnostic::error(Code::UnknownAxis, axis.span, message)
                    .help("write `[unlearn == retrain]`");
                self.fail(diagnostic).data
            }
            None => Data::Broken,
        }
    }
}
