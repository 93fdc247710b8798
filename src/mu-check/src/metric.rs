//! Metrics: their kernels, units and best values.

use mu_diag::{Code, Diagnostic, Span};
use mu_step::{Attack, Classes, CostOf, Decision, Distance, Feature, On, Relearning, Report};
use mu_syntax::ast::{Kind, Node, TypeAtom};

use crate::eval::{Evaluator, Scope};
use crate::program::{Axis, Measured, Metric, Optimum};
use crate::types::article;
use crate::value::{Component, Data, Unit, Value};
use crate::world::Definition;

/// The kernel that a `builtin` metric names.
pub(crate) fn kernel(metric: &Component) -> Option<Measured> {
    let on = || part(metric.word("on")?);
    Some(match metric.name.as_str() {
        "accuracy" => Measured::Accuracy(on()?, classes(metric)),
        "calibration_error" => Measured::Calibration(on()?, metric.int("bins")? as usize),
        "cross_entropy" => {
            let quantile = metric.arg("quantile").and_then(Value::number).map(|share| share / 100.0);
            Measured::CrossEntropy(on()?, quantile, metric.word("scale")? == "log10")
        }
        "attack" => Measured::Attack(attack(metric)?),
        "js_divergence" => Measured::Distance(on()?, Distance::JensenShannon),
        "activation_distance" => Measured::Distance(on()?, Distance::Activation),
        "zrf" => Measured::Distance(On::Forget, Distance::ZeroRetrain),
        "zrf@code" => Measured::Distance(On::Forget, Distance::ZeroRetrainAsRun),
        "weight_distance" => Measured::WeightDistance,
        "rte" => Measured::Cost(CostOf::Minutes),
        "epochs_run" => Measured::Cost(CostOf::Epochs),
        "samples_seen" => Measured::Cost(CostOf::Samples),
        "flops" => Measured::Cost(CostOf::Flops),
        "relearn_time" => Measured::Relearn(Relearning {
            lr: metric.real("lr")?,
            batch: metric.int("batch")? as usize,
            margin: metric.real("margin")? / 100.0,
            most: metric.int("most")? as usize,
        }),
        "ulira" => Measured::Ulira(metric.int("shadows")? as usize),
        _ => return None,
    })
}

/// A part of the data by its word.
fn part(word: &str) -> Option<On> {
    Some(match word {
        "forget" => On::Forget,
        "retain" => On::Retain,
        "validation" => On::Validation,
        "validation_retained" => On::ValidationRetained,
        "test" => On::Test,
        "test_retained" => On::TestRetained,
        _ => return None,
    })
}

/// What `class` and `without` say.
fn classes(metric: &Component) -> Classes {
    match (listed(metric, "class"), listed(metric, "without")) {
        (Some(only), None) => Classes::Only(only),
        (Some(only), Some(without)) => {
            Classes::Only(only.into_iter().filter(|c| !without.contains(c)).collect())
        }
        (None, Some(without)) => Classes::Without(without),
        (None, None) => Classes::All,
    }
}

/// A class, or a list of them, ascending and each once: one set of classes is one number to measure.
fn listed(metric: &Component, argument: &str) -> Option<Vec<i64>> {
    let number = |v: &Value| i64::try_from(v.whole()?).ok();
    let mut found: Vec<i64> = match &metric.arg(argument)?.data {
        Data::List(items) => items.iter().filter_map(number).collect(),
        _ => vec![metric.int(argument)?],
    };
    found.sort_unstable();
    found.dedup();
    Some(found)
}

fn attack(metric: &Component) -> Option<Attack> {
    let feature = match metric.word("feature")? {
        "entropy" => Feature::Entropy,
        "modified_entropy" if matches!(metric.arg("faithful")?.data, Data::Bool(true)) => {
            Feature::ModifiedEntropyFaithful
        }
        "modified_entropy" => Feature::ModifiedEntropy,
        "correctness" => Feature::Correctness,
        "probabilities" => Feature::Probabilities,
        "confidence" => Feature::Confidence,
        _ => return None,
    };
    let c = metric.real("c")?;
    let by = match metric.word("decision")? {
        "threshold" => Decision::Threshold,
        "logistic" => Decision::Logistic { c },
        "svc" => Decision::Svc { c },
        _ => return None,
    };
    let report = match metric.word("report")? {
        "auc" => Report::Auc,
        "tpr" => Report::TprAtFpr(metric.real("at")? / 100.0),
        "non_members" => Report::NonMembers,
        _ => return None,
    };
    let outside = part(metric.word("outside")?)?;
    let balance = matches!(metric.arg("balance")?.data, Data::Bool(true));
    Some(Attack { feature, by, report, outside, balance })
}

impl Evaluator<'_> {
    /// The metrics of a list, each by its label.
    pub(crate) fn metrics(&self, list: &Value) -> Vec<Metric> {
        let Data::List(items) = &list.data else { return Vec::new() };
        let mut metrics: Vec<Metric> = Vec::new();
        for item in items {
            let Some(metric) = self.metric(item) else { continue };
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
    pub(crate) fn metric(&self, value: &Value) -> Option<Metric> {
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
        let unit = c.declaration.result.as_ref().and_then(|t| match t.atoms.first() {
            Some(TypeAtom::Name(n)) => Unit::of(&n.text),
            _ => None,
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
        Some(Metric {
            name: c.full_label(),
            formula,
            unit: unit.unwrap_or(Unit::Plain),
            optimum: self.optimum(c),
            class_at: crate::classes::class_at(c),
        })
    }

    /// What `towards` says.
    pub(crate) fn optimum(&self, c: &Component) -> Option<Optimum> {
        let expr = c.declaration.towards.as_ref()?;
        if let Node::Path(path) = &expr.node {
            match path.as_str() {
                "higher" => return Some(Optimum::Higher),
                "lower" => return Some(Optimum::Lower),
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
    pub(crate) fn baselines<'m>(&self, metrics: impl Iterator<Item = &'m Metric>, axes: &[Axis], at: Span) {
        let methods = axes.iter().find(|a| a.name == "unlearn");
        for metric in metrics {
            metric.formula.leaves(&mut |measured, other| {
                let Some(other) = other.or(measured.reference()) else { return };
                if !methods.is_some_and(|a| a.labels.iter().any(|l| l == other)) {
                    let message =
                        format!("`{}` compares with `{other}`, which this grid does not have", metric.name);
                    self.report(
                        Diagnostic::error(Code::MissingBaseline, at, message)
                            .label(format!("needs {} point with `{other}`", article(other)))
                            .help(format!("add `{other}` to `unlearn = each [..]`")),
                    );
                }
            });
        }
    }
}
