//! `limit unlearn.samples <= 20% of retrain`: compute budgets.

use mu_diag::{Code, Diagnostic};
use mu_step::CostOf;
use mu_syntax::ast::Limit as Written;

use crate::eval::{Evaluator, Scope};
use crate::program::{Axis, Limit, Most};
use crate::unit::Unit;
use crate::value::Data;
use crate::world::ROOT;

/// What a limit can be put on.
const WHAT: &[(&str, CostOf)] = &[
    ("unlearn.epochs", CostOf::Epochs),
    ("unlearn.samples", CostOf::Samples),
    ("unlearn.flops", CostOf::Flops),
    ("unlearn.time", CostOf::Minutes),
];

impl Evaluator<'_> {
    /// The compute budgets of an experiment; what is wrong is reported.
    pub(crate) fn limits(&self, written: &[&Written], axes: &[Axis]) -> Option<Vec<Limit>> {
        let all: Vec<Option<Limit>> = written.iter().map(|w| self.limit(w, axes)).collect();
        all.into_iter().collect()
    }

    fn limit(&self, written: &Written, axes: &[Axis]) -> Option<Limit> {
        let name = &written.what;
        let Some((_, what)) = WHAT.iter().find(|(w, _)| *w == name.text) else {
            let words = WHAT.iter().map(|(w, _)| *w);
            let message = format!("`{}` cannot be limited", name.text);
            let label = format!("there are {}", words.clone().collect::<Vec<_>>().join(", "));
            self.report(
                Diagnostic::error(Code::UnknownName, name.span, message)
                    .label(label)
                    .meant(name.span, &name.text, words),
            );
            return None;
        };
        if written.sign != "<=" {
            let message = format!("a limit says `<=`, not `{}`", written.sign);
            self.report(Diagnostic::error(Code::Syntax, written.span, message));
            return None;
        }
        let value = self.eval(&written.most, &Scope::of(ROOT), &[]);
        let most = match (&value.data, &written.of, what) {
            (Data::Broken, ..) => return None,
            (Data::Number(_, Unit::Percent), Some(of), CostOf::Minutes) => {
                let message = "a time limit is a time: how long another method takes is not known beforehand";
                self.report(
                    Diagnostic::error(Code::WrongUnit, of.span, message)
                        .help("such as `limit unlearn.time <= 2 minutes`"),
                );
                return None;
            }
            (Data::Number(share, Unit::Percent), Some(of), _) => {
                if !axes.iter().any(|a| a.name == "unlearn" && a.labels.contains(&of.text)) {
                    let message =
                        format!("the limit is a share of `{}`, which this grid does not have", of.text);
                    self.report(
                        Diagnostic::error(Code::MissingBaseline, of.span, message)
                            .help(format!("add `{}` to `unlearn = each [..]`", of.text)),
                    );
                    return None;
                }
                Most::Share(share.real() / 100.0, of.text.clone())
            }
            (Data::Number(v, Unit::Of("epochs")), None, CostOf::Epochs)
            | (Data::Number(v, Unit::Of("samples")), None, CostOf::Samples)
            | (Data::Number(v, Unit::Plain), None, CostOf::Flops)
            | (Data::Number(v, Unit::Of("minutes")), None, CostOf::Minutes) => Most::Amount(v.real()),
            (Data::Number(v, Unit::Of("seconds")), None, CostOf::Minutes) => Most::Amount(v.real() / 60.0),
            _ => {
                let unit = match what {
                    CostOf::Epochs => "`10 epochs` or `20% of retrain`",
                    CostOf::Samples => "`10000 samples` or `20% of retrain`",
                    CostOf::Flops => "`1e12` or `20% of retrain`",
                    CostOf::Minutes => "`2 minutes` or `30 seconds`",
                };
                let message = format!("`{}` is limited to an amount such as {unit}", name.text);
                self.report(
                    Diagnostic::error(Code::WrongUnit, value.span, message)
                        .label(format!("this is {}", value.what())),
                );
                return None;
            }
        };
        let of = written.of.as_ref().map(|of| format!(" of {}", of.text)).unwrap_or_default();
        let text = format!("{} ≤ {value}{of}", name.text);
        Some(Limit { what: *what, most, text, span: written.span })
    }
}
