//! Paths that name positions of axes: `checkpoint("npo_{seed}.pth")`.

use mu_diag::{Code, Diagnostic, Span};

use crate::eval::Evaluator;
use crate::program::{Experiment, Forget, REQUEST, Weights};

impl Evaluator<'_> {
    /// Reports axes in paths that the experiment does not have, or that what starts from the file does not depend on; `None` where
    /// there are some.
    pub(crate) fn paths(&self, experiment: &Experiment) -> Option<()> {
        let mut whole = Some(());
        let mut look = |weights: &Weights, known: &[&str], whose: &str, span: Span| {
            for axis in weights.axes() {
                let field = axis.split('.').next().unwrap_or(axis);
                let absent = field == REQUEST && experiment.axis(field).is_none();
                let problem = if !known.contains(&field) {
                    Some(format!("{whose} does not depend on `{field}`, and its file is named by it"))
                } else if absent || axis != field && experiment.axis(axis).is_none() {
                    Some(format!("`{axis}` in the name of a file is no axis of this experiment"))
                } else {
                    None
                };
                if let Some(message) = problem {
                    whole = None;
                    let axes: Vec<String> =
                        experiment.axes.iter().map(|a| format!("`{{{}}}`", a.name)).collect();
                    let has = if axes.is_empty() {
                        String::new()
                    } else {
                        format!("; its axes are {}", axes.join(", "))
                    };
                    let label = format!("in \"{}\"", weights.path);
                    let help = format!("a path may name {}{has}", listed(known));
                    self.report(Diagnostic::error(Code::UnknownName, span, message).label(label).help(help));
                }
            }
        };
        for train in &experiment.train {
            for weights in train.value.checkpoint.iter().chain(&train.value.from) {
                look(weights, &["data", "model", "train", "seed"], "the original model", train.span);
            }
        }
        for method in &experiment.unlearn {
            for weights in method.value.iter().filter_map(|v| v.checkpoint.as_ref()) {
                let all = ["data", "model", "train", "forget", "unlearn", "seed", REQUEST];
                look(weights, &all, "the method", method.span);
            }
        }
        for forget in &experiment.forget {
            for against in forget.value.iter().flat_map(Forget::lower_levels) {
                if let Some(weights) = &against.checkpoint {
                    let known = ["data", "model", "train", "forget", "seed", REQUEST];
                    look(weights, &known, "the lower level of a selection", forget.span);
                }
            }
        }
        whole
    }
}

fn listed(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|n| format!("`{{{n}}}`")).collect();
    names.join(", ")
}
