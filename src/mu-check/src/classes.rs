//! Classes that are named by number must be classes of the data set.

use std::collections::HashSet;

use mu_diag::{Code, Diagnostic, Span};
use mu_step::Classes;

use crate::eval::Evaluator;
use crate::program::{Experiment, Measured, Metric};
use crate::value::{Component, Data, Value};
use crate::vocabulary::{At, Choice, read};

impl Evaluator<'_> {
    /// Reports classes of forget sets, and of the parts that methods speak of, that a data set beside them lacks;
    /// `None` where there are some.
    pub(crate) fn classes_exist(&self, experiment: &Experiment) -> Option<()> {
        let mut whole = Some(());
        let mut seen: HashSet<(usize, usize, usize)> = HashSet::new();
        let named = |v: &Value| v.component().is_some_and(|c| names_a_class(c));
        let forgets = experiment.forget.iter().map(|f| &f.origin.0);
        let methods = experiment.unlearn.iter().map(|u| &u.origin.0);
        if !forgets.chain(methods).any(named) {
            return whole;
        }
        for p in experiment.points() {
            if !seen.insert((p.data, p.forget, p.unlearn)) {
                continue;
            }
            let classes = experiment.data[p.data].value.spec.classes;
            for value in [&experiment.forget[p.forget].origin.0, &experiment.unlearn[p.unlearn].origin.0] {
                let mut wrong = Vec::new();
                value.component().iter().for_each(|c| beyond(c, classes, &mut wrong));
                for (class, span) in wrong {
                    self.report(no_class(class, classes, span));
                    whole = None;
                }
            }
        }
        whole
    }

    /// Reports classes that metrics speak of and a data set of the experiment lacks.
    pub(crate) fn classes_measured<'m>(
        &self,
        metrics: impl Iterator<Item = &'m Metric>,
        experiment: &Experiment,
        at: Span,
    ) {
        let Some(classes) = experiment.data.iter().map(|d| d.value.spec.classes).min() else { return };
        for metric in metrics {
            self.requests_measured(metric, experiment);
            let at = metric.class_at.unwrap_or(at);
            metric.formula.leaves(&mut |measured, _| {
                let measured = if let Measured::Among(of, ..) = measured { of } else { measured };
                let Measured::Accuracy(_, of) = measured else { return };
                let (Classes::Only(named) | Classes::Without(named)) = of else { return };
                for class in named.iter().filter(|class| !(0..classes).contains(*class)) {
                    self.report(no_class(*class, classes, at));
                }
                if matches!(of, Classes::Only(named) if named.is_empty()) {
                    let message = format!("`{}` is of no class", metric.name);
                    let help = "name at least one in `class` that is not in `without`";
                    self.report(Diagnostic::error(Code::OutOfRange, at, message).help(help));
                }
            });
        }
    }
}

/// Where a metric's classes were written.
pub(crate) fn class_at(c: &Component) -> Option<Span> {
    let says = |v: &&Value| v.whole().is_some() || matches!(v.data, Data::List(_));
    ["class", "without"].iter().filter_map(|name| c.arg(name)).find(says).map(|v| v.span)
}

fn no_class(class: i64, classes: i64, span: Span) -> Diagnostic {
    Diagnostic::error(Code::OutOfRange, span, format!("there is no class {class}"))
        .label(format!("the data set has {classes} classes"))
        .help(format!("classes are numbered from 0 to {}", classes - 1))
}

fn parts(c: &Component) -> impl Iterator<Item = &Component> {
    let stages = c.stages.iter().filter_map(|s| s.on.as_deref());
    c.args.values().filter_map(|v| v.component().map(|c| &**c)).chain(stages)
}

/// The classes that a selection itself names.
fn named(c: &Component) -> Vec<At<i64>> {
    read::<Choice>(c).map(|choice| choice.classes).unwrap_or_default()
}

fn names_a_class(c: &Component) -> bool {
    !named(c).is_empty() || parts(c).any(names_a_class)
}

/// The classes that a selection, or a part of it, names and that are none of `classes`.
fn beyond(c: &Component, classes: i64, found: &mut Vec<(i64, Span)>) {
    let outside = named(c).into_iter().filter(|class| !(0..classes).contains(&class.value));
    found.extend(outside.map(|class| (class.value, class.span)));
    parts(c).for_each(|part| beyond(part, classes, found));
}
