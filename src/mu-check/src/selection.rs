//! Selections and the scores that they rank by.

use mu_diag::{Code, Diagnostic, Span};
use mu_step::{Budget, OutputScore};

use crate::eval::Evaluator;
use crate::program::{Forget, Score};
use crate::value::Component;
use crate::vocabulary::{self, At, Choice, In, Samples, SelectionPart};

impl Evaluator<'_> {
    /// What a selection chooses, in an experiment that trains by `recipe`.
    pub(crate) fn selection(&self, c: &Component, recipe: Option<&Component>, span: Span) -> Option<Forget> {
        vocabulary::read::<Choice>(c)?.choose(self, In { component: c, recipe, span }).map(Forget)
    }

    /// A selection that another one speaks of.
    pub(crate) fn inner(&self, of: &At<SelectionPart>, at: In<'_>) -> Option<Box<Forget>> {
        self.selection(&of.value.0, at.recipe, of.span).map(Box::new)
    }

    /// A budget of samples: all of them are no forget set.
    pub(crate) fn some(&self, budget: At<Samples>) -> Option<Budget> {
        self.below_all(budget.value.0, budget.span)
    }

    /// A budget of a class, all of which is a forget set.
    pub(crate) fn some_of_a_class(&self, budget: At<Samples>) -> Option<Budget> {
        match budget.value.0 {
            whole @ Budget::Share(1.0) => Some(whole),
            Budget::Share(_) | Budget::Samples(_) => self.some(budget),
        }
    }

    /// A share that is neither nothing nor all.
    pub(crate) fn below_all(&self, budget: Budget, at: Span) -> Option<Budget> {
        match budget {
            Budget::Share(share) if !(share > 0.0 && share < 1.0) => {
                // Twelve digits: as it was written.
                let percent = format!("{:.12e}", 100.0 * share).parse::<f64>().unwrap_or(100.0 * share);
                let message = format!("`budget` is out of range: {percent}%");
                self.report(
                    Diagnostic::error(Code::OutOfRange, at, message)
                        .label("must be greater than 0% and less than 100%"),
                );
                None
            }
            Budget::Share(_) | Budget::Samples(_) => Some(budget),
        }
    }

    pub(crate) fn score(&self, c: &Component) -> Option<Score> {
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
            _ => None,
        }
    }
}
