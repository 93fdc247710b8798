//! Selections and the scores that they rank by.

use mu_diag::{Code, Diagnostic, Span};
use mu_step::{Budget, Join, OutputScore, Ranks};

use crate::eval::Evaluator;
use crate::program::{Forget, Grouping, Score};
use crate::unit::Unit;
use crate::value::{Component, Data, Value};

impl Evaluator<'_> {
    /// What a selection chooses, in an experiment that trains by `recipe`.
    pub(crate) fn selection(&self, c: &Component, recipe: Option<&Component>, span: Span) -> Option<Forget> {
        let inner = |name: &str| self.selection(c.part(name)?, recipe, c.arg(name)?.span).map(Box::new);
        let both = |how| Some(Forget::Join { how, of: Box::new([*inner("a")?, *inner("b")?]) });
        let ranked = |ranks, budget| {
            let (score, per_class) = (self.score(c.part("score")?)?, flag(c, "per_class"));
            Some(Forget::Ranked { score, ranks, budget, per_class })
        };
        match c.name.as_str() {
            "random" => Some(Forget::Random { budget: self.budget(c)?, per_class: flag(c, "per_class") }),
            "by_class" => Some(Forget::Class { classes: numbers(c, "classes")?, budget: self.budget(c)? }),
            "by_group" => Some(Forget::Group { of: grouping(c, "groups")?, groups: numbers(c, "group")? }),
            "from_file" => Some(Forget::File {
                path: text(c, "path")?,
                training: c.word("counted_in") == Some("training"),
                said: c.given.iter().any(|name| name == "counted_in"),
            }),
            "union" => both(Join::Union),
            "both" => both(Join::Both),
            "without" => both(Join::Without),
            "complement" => Some(Forget::Complement(inner("of")?)),
            "highest" => ranked(Ranks::Highest, self.budget(c)?),
            "lowest" => ranked(Ranks::Lowest, self.budget(c)?),
            "middle" => ranked(Ranks::Middle, self.budget(c)?),
            "ranks" => {
                let (from, to) = (c.real("from")?, c.real("to")?);
                if from >= to {
                    let message = format!("the ranks from {from}% to {to}% are none");
                    self.report(Diagnostic::error(Code::OutOfRange, span, message));
                    return None;
                }
                ranked(Ranks::From(from / 100.0), Budget::Share((to - from) / 100.0))
            }
            "matched" => {
                let score = match c.part("on") {
                    Some(score) => Some(self.score(score)?),
                    None => None,
                };
                Some(Forget::Matched { to: inner("to")?, score })
            }
            "untrained" => Some(Forget::Untrained { budget: self.budget(c)? }),
            "rest" => Some(Forget::Rest),
            "worst_case" => self.worst_case(c, recipe),
            "worst_case@paper" => self.published_worst_case(c, recipe, span),
            _ => {
                self.report(self.no_kernel(&c.declaration));
                None
            }
        }
    }

    pub(crate) fn budget(&self, c: &Component) -> Option<Budget> {
        match c.arg("budget")?.data {
            Data::Number(v, Unit::Percent) => {
                let v = v.real();
                // All of a class is a forget set, all of the samples is none.
                let whole = c.name == "by_class" && v == 100.0;
                if !(whole || v > 0.0 && v < 100.0) {
                    let at = c.arg("budget")?.span;
                    self.report(
                        Diagnostic::error(Code::OutOfRange, at, format!("`budget` is out of range: {v}%"))
                            .label("must be greater than 0% and less than 100%"),
                    );
                    return None;
                }
                Some(Budget::Share(v / 100.0))
            }
            Data::Number(v, _) => Some(Budget::Samples(v.real() as usize)),
            _ => None,
        }
    }

    fn score(&self, c: &Component) -> Option<Score> {
        let models = || c.int("models").map(|n| n as usize);
        let epochs = || c.int("epochs").map(|n| n as usize);
        let outputs = |of| Some(Score::Outputs { of, early: None });
        match c.name.as_str() {
            "loss_score" => outputs(OutputScore::Loss),
            "confidence_score" => outputs(OutputScore::Confidence),
            "entropy_score" => outputs(OutputScore::Entropy),
            "margin" => outputs(OutputScore::Margin),
            "el2n" => Some(Score::Outputs { of: OutputScore::El2n, early: Some((models()?, epochs()?)) }),
            "grand" => Some(Score::GradientNorm { models: models()?, epochs: epochs()? }),
            "forgetting_events" => Some(Score::Forgetting),
            "feature_distance" => Some(Score::FeatureDistance),
            "consistency" | "memorisation" => Some(Score::LeftOut {
                models: models()?,
                share: c.real("share")? / 100.0,
                memorisation: c.name == "memorisation",
            }),
            _ => {
                self.report(self.no_kernel(&c.declaration));
                None
            }
        }
    }
}

pub(crate) fn flag(c: &Component, name: &str) -> bool {
    matches!(c.arg(name), Some(Value { data: Data::Bool(true), .. }))
}

pub(crate) fn text(c: &Component, name: &str) -> Option<String> {
    match &c.arg(name)?.data {
        Data::Text(text) => Some(text.clone()),
        _ => None,
    }
}

/// Whose numbers divide the samples: a file's, or the data set's own.
pub(crate) fn grouping(c: &Component, name: &str) -> Option<Grouping> {
    match c.part(name) {
        Some(own) if own.name == "attribute" => text(own, "name").map(Grouping::Own),
        Some(file) => text(file, "file").map(Grouping::File),
        None => text(c, name).map(Grouping::File),
    }
}

/// One whole number or a list of them.
fn numbers(c: &Component, name: &str) -> Option<Vec<i64>> {
    let value = c.arg(name)?;
    match &value.data {
        Data::List(items) => items.iter().map(|v| i64::try_from(v.whole()?).ok()).collect(),
        _ => i64::try_from(value.whole()?).ok().map(|v| vec![v]),
    }
}
