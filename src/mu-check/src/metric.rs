//! Metrics: their units and best values.

use mu_diag::{Code, Diagnostic, Span};
use mu_step::Attack;
use mu_syntax::ast::{Kind, Node, TypeAtom};

use crate::definition::Definition;
use crate::eval::{Evaluator, Scope};
use crate::program::{Axis, Measured, Metric, Optimum, REFERENCE};
use crate::unit::Unit;
use crate::value::{Component, Data, Value};
use crate::words::article;

impl Evaluator<'_> {
    /// The metrics of a list, each by its label.
    pub(crate) fn metrics(&self, list: &Value, reference: &str) -> Vec<Metric> {
        let Data::List(items) = &list.data else { return Vec::new() };
        let mut metrics: Vec<Metric> = Vec::new();
        for item in items {
            let Some(metric) = self.metric(item, reference) else { continue };
            if metrics.iter().any(|m| m.name == metric.name) {
                let message = format!("metric `{}` is listed twice", metric.name);
                self.report(
                    Diagnostic::error(Code::Duplicate, item.span, message).help("remove one of them"),
                );
            } else {
                metrics.push(metric);
            }
        }
        metrics
    }

    /// A metric with what its declaration says of it.
    pub(crate) fn metric(&self, value: &Value, reference: &str) -> Option<Metric> {
        let formula = self.formula(value)?;
        let Some(c) = value.component() else {
            return Some(Metric {
                name: "value".to_owned(),
                formula,
                unit: Unit::Plain,
                optimum: None,
                class_at: None,
            });
        };
        let unit = c.declaration.result.as_ref().and_then(|t| {
            let TypeAtom::Name(name) = t.atoms.first()? else { return None };
            Unit::of(&name.text)
        });
        formula.leaves(&mut |measured, _| {
            if matches!(measured, Measured::Attack(Attack { balance: false, .. })) {
                let message = "this attack is trained on unequal numbers of members and non-members";
                self.report(
                    Diagnostic::warning(Code::UnbalancedAttack, value.span, message)
                        .label("it may score well by always answering with the larger class")
                        .help("leave `balance` at its default"),
                );
            }
        });
        let metric = Metric {
            name: c.full_label(),
            formula,
            unit: unit.unwrap_or(Unit::Plain),
            optimum: self.optimum(c),
            class_at: crate::classes::class_at(c),
        };
        Some(metric.against(reference))
    }

    /// What `towards` says.
    pub(crate) fn optimum(&self, c: &Component) -> Option<Optimum> {
        let expr = c.declaration.towards.as_ref()?;
        if let Node::Path(path) = &expr.node {
            match path.as_str() {
                "higher" => return Some(Optimum::Higher),
                "lower" => return Some(Optimum::Lower),
                REFERENCE => return Some(Optimum::Method(REFERENCE.to_owned())),
                _ => {}
            }
            if let Some((Definition::Declaration(d), _)) = self.world.find(c.module, path)
                && d.kind == Kind::Method
            {
                return Some(Optimum::Method(path.clone()));
            }
        }
        let value = self.eval(expr, &Scope::of(c.module), &["higher", "lower"]);
        match value.data {
            Data::Number(v, _) => Some(Optimum::Value(v.real())),
            Data::Broken => None,
            _ => {
                let message =
                    format!("`towards` takes `higher`, `lower`, a number or a method, not {}", value.what());
                self.report(Diagnostic::error(Code::WrongType, expr.span, message));
                None
            }
        }
    }

    /// Metrics that compare with another method need it in the grid.
    pub(crate) fn baselines<'m>(
        &self,
        metrics: impl Iterator<Item = &'m Metric>,
        axes: &[Axis],
        reference: &str,
        at: Span,
    ) {
        let methods = axes.iter().find(|a| a.name == "unlearn");
        for metric in metrics {
            metric.formula.leaves(&mut |measured, other| {
                let Some(other) = other.or(measured.reference()) else { return };
                let other = if other == REFERENCE { reference } else { other };
                if !methods.is_some_and(|a| a.labels.iter().any(|l| l == other)) {
                    let message =
                        format!("`{}` compares with `{other}`, which this grid does not have", metric.name);
                    self.report(
                        Diagnostic::error(Code::MissingBaseline, at, message)
                            .label(format!("needs {} point with `{other}`", article(other)))
                            .help(format!(
                                "add `{other}` to `unlearn = each [..]`, or say `reference = METHOD`"
                            )),
                    );
                }
            });
        }
    }
}
