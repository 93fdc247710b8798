//! Selections and the scores that they rank by.

use std::rc::Rc;

use mu_diag::{Code, Diagnostic, Span};
use mu_step::{Budget, Join, Ranks};
use mu_syntax::ast::{Body, Kind};

use crate::eval::{Evaluator, Place, Scope};
use crate::program::{Forget, Grouping, Score};
use crate::unit::Unit;
use crate::value::{Component, Data, Value};
use crate::wanted::Wanted;

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

    pub(crate) fn score(&self, c: &Component) -> Option<Score> {
        let models = || c.int("models").map(|n| n as usize);
        let epochs = || c.int("epochs").map(|n| n as usize);
        if let Body::Value(body) = &c.declaration.body {
            let mut scope = Scope::of_tensors(c.module, body.span);
            scope.locals.extend(c.args.clone());
            let value = self.wanting(Wanted::kind(Kind::Score), || self.eval(body, &scope, &[]));
            return self.score_of(&value);
        }
        match c.name.as_str() {
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

impl Evaluator<'_> {
    /// What the text of a score comes to.
    fn score_of(&self, value: &Value) -> Option<Score> {
        let (tensor, early) = match &value.data {
            Data::Component(other) if other.kind == Kind::Score => return self.score(other),
            Data::Early(tensor, models, epochs) => (Rc::clone(tensor), Some((*models, *epochs))),
            _ => (Rc::new(self.tensor(value)?), None),
        };
        let mut of = self.number_of_sample(&tensor, value.span)?;
        self.readable(&of, Place::Score, value.span)?;
        of.renumber(&mut Vec::new());
        Some(Score::Text { of, early })
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
