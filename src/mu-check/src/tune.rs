//! `tune path over values { on = …, minimize = … }`: a parameter whose value a metric chooses.

use std::rc::Rc;

use mu_diag::{Code, Diagnostic, Span};
use mu_syntax::ast::{self, Block};

use crate::eval::{Evaluator, Found, Scope};
use crate::fields::Fields;
use crate::program::{Condition, Experiment, Metric, Tune};
use crate::types;
use crate::value::{Component, Data, Value};
use crate::world::ROOT;

const FIELDS: [&str; 3] = ["on", "minimize", "maximize"];

/// A `tune` with its candidates.
pub(crate) struct Tuned<'a> {
    /// `unlearn.lr`
    pub(crate) axis: String,
    syntax: &'a ast::Tune,
    candidates: Vec<Value>,
    /// Whether some value of the field has the parameter.
    applied: bool,
}

impl Evaluator<'_> {
    pub(crate) fn tuned<'a>(&self, fields: &Fields<'a>) -> Vec<Tuned<'a>> {
        let mut tuned = Vec::new();
        for syntax in fields.tunes.iter().copied() {
            let value = self.eval(&syntax.over, &Scope::of(ROOT), &[]);
            let candidates = match value.data {
                Data::List(items) => items,
                Data::Broken => continue,
                _ => {
                    let message = format!("`tune … over` takes a list or a range, not {}", value.what());
                    self.report(
                        Diagnostic::error(Code::WrongType, value.span, message)
                            .help("such as `[1e-3, 1e-2]` or `log(1e-4 .. 1e-1, points: 4)`"),
                    );
                    continue;
                }
            };
            if candidates.is_empty() {
                self.report(Diagnostic::error(
                    Code::EmptyAxis,
                    value.span,
                    "there is nothing to choose from",
                ));
                continue;
            }
            tuned.push(Tuned { axis: syntax.what.text.clone(), syntax, candidates, applied: false });
        }
        tuned
    }

    /// A field's values, those that have the tuned parameter once per candidate.
    pub(crate) fn with_candidates(&self, field: &str, found: Vec<Found>, tune: &mut Tuned<'_>) -> Vec<Found> {
        let Some(parameter) = tune.axis.strip_prefix(field).and_then(|p| p.strip_prefix('.')) else {
            return found;
        };
        let mut out = Vec::new();
        for Found { coords, value } in found {
            let Some(c) = value.component().filter(|c| c.args.contains_key(parameter)) else {
                out.push(Found { coords, value });
                continue;
            };
            tune.applied = true;
            let ty =
                c.declaration.params.iter().find(|p| p.name.text == parameter).and_then(|p| p.ty.as_ref());
            for candidate in &tune.candidates {
                if let Some(Err(problem)) = ty.map(|ty| types::check(candidate, ty, parameter)) {
                    self.report(*problem);
                    continue;
                }
                let mut c: Component = (**c).clone();
                c.args.insert(parameter.to_owned(), candidate.clone());
                let mut coords = coords.clone();
                coords.push((tune.axis.clone(), candidate.to_string()));
                out.push(Found {
                    coords,
                    value: Value { data: Data::Component(Rc::new(c)), span: value.span },
                });
            }
        }
        out
    }

    pub(crate) fn check_tuned(&self, tune: &Tuned<'_>) {
        if !tune.applied {
            let what = &tune.syntax.what;
            let message = format!("nothing in this experiment has a parameter `{}`", what.text);
            self.report(
                Diagnostic::error(Code::UnknownField, what.span, message)
                    .help("write the field and the parameter, such as `unlearn.lr`"),
            );
        }
    }

    /// The tunes of an experiment whose axes are known; `None` where one is wrong.
    pub(crate) fn tunes(&self, experiment: &Experiment, tuned: &[Tuned<'_>]) -> Option<Vec<Tune>> {
        tuned.iter().map(|tune| self.tune(experiment, tune)).collect()
    }

    fn tune(&self, experiment: &Experiment, tune: &Tuned<'_>) -> Option<Tune> {
        let axis = experiment.axis(&tune.axis)?;
        let Block { fields, .. } = &tune.syntax.block;
        for field in fields.iter().filter(|f| !FIELDS.contains(&f.name.text.as_str())) {
            self.report(
                Diagnostic::error(
                    Code::UnknownField,
                    field.name.span,
                    format!("`tune` has no field `{}`", field.name.text),
                )
                .label(format!("it has {}", FIELDS.join(", ")))
                .meant(field.name.span, &field.name.text, FIELDS),
            );
        }
        let get = |name: &str| fields.iter().find(|f| f.name.text == name);
        let (field, maximize) = match (get("minimize"), get("maximize")) {
            (Some(field), None) => (field, false),
            (None, Some(field)) => (field, true),
            (None, None) => {
                self.report(
                    Diagnostic::error(
                        Code::MissingField,
                        tune.syntax.what.span,
                        "this `tune` does not say by what",
                    )
                    .help("add `minimize = avg_gap@validation`"),
                );
                return None;
            }
            (Some(_), Some(second)) => {
                let message = "`tune` goes by one metric";
                self.report(
                    Diagnostic::error(Code::Duplicate, second.name.span, message).help("remove one of them"),
                );
                return None;
            }
        };
        let value = self.eval_as(&field.value, &Scope::of(ROOT), &types::of("metric"));
        if let Err(problem) = types::check(&value, &types::of("metric"), &field.name.text) {
            self.report(*problem);
            return None;
        }
        let list = Value { data: Data::List(vec![value]), span: field.value.span };
        let metric = self.metrics(&list, &experiment.reference).pop()?;
        self.baselines(std::iter::once(&metric), &experiment.axes, &experiment.reference, field.value.span);
        self.classes_measured(std::iter::once(&metric), experiment, field.value.span);
        self.no_test(&metric, field.value.span)?;
        self.of_images(&metric, experiment, field.value.span)?;
        if metric.formula.takes_means() {
            let message =
                format!("`tune` goes by each point, and `{}` is one value of all of them", metric.name);
            self.report(
                Diagnostic::error(Code::WrongType, field.value.span, message)
                    .help("use a metric that every point has, such as `avg_gap@validation`"),
            );
            return None;
        }
        let on = match get("on") {
            Some(on) => self.condition(&on.value, &experiment.axes, &experiment.name)?,
            None => Condition::On(axis, vec![true; experiment.axes[axis].labels.len()]),
        };
        Some(Tune { axis, on, metric, maximize })
    }

    /// What chooses must not see what is reported.
    fn no_test(&self, metric: &Metric, span: Span) -> Option<()> {
        let mut sees = false;
        metric.formula.leaves(&mut |measured, _| {
            sees |= measured.sees_test();
        });
        if !sees {
            return Some(());
        }
        let message = format!("`{}` uses test samples, and `tune` must not see them", metric.name);
        self.report(
            Diagnostic::error(Code::HeldOut, span, message)
                .label("what is chosen on the test samples cannot be reported on them")
                .help("use the validation samples: `va`, `mia@validation`, `avg_gap@validation`"),
        );
        None
    }
}
