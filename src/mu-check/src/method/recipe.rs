//! A recipe: its loss, what its batches are mixed of, which weights it keeps, when it ends.

use mu_diag::{Code, Diagnostic};
use mu_step::{
    Classes, Course, Gain, Keep, Labels, LossTerm, Mix, On, Quantity, Recipe, Reduction, Set, Teacher,
};

use super::parts;
use crate::eval::Evaluator;
use crate::program::{Formula, Measured};
use crate::value::{Component, Data, Value};

/// The loss of a method's phase that follows the recipe.
pub(super) const LOSS: &str = "train.loss";

impl Evaluator<'_> {
    /// The recipe that a component stands for.
    pub(crate) fn recipe(&self, c: &Component) -> Option<Recipe> {
        let (loss, course) = (self.recipe_loss(c), self.course(c));
        let loss = loss?;
        Some(Recipe {
            epochs: c.int("epochs")? as usize,
            batch: c.int("batch")? as usize,
            optimizer: parts::optimizer(c.part("optimizer")?)?,
            precision: parts::precision(c),
            // Plain cross-entropy is what every recipe has that says nothing.
            loss: if loss == [plain()] { Vec::new() } else { loss },
            course: course?,
        })
    }

    /// What a recipe minimises.
    pub(super) fn recipe_loss(&self, c: &Component) -> Option<Vec<LossTerm>> {
        let smoothing = c.real("label_smoothing")?;
        let said = c.arg("loss")?;
        if matches!(said.data, Data::Word(_)) {
            if smoothing == 0.0 {
                return Some(vec![plain()]);
            }
            // As PyTorch: the label's share is 1 − ε, and ε lies on all classes alike.
            let of =
                |coefficient, labels| LossTerm { coefficient, decay: None, quantity: cross_entropy(labels) };
            return Some(vec![of(1.0 - smoothing, Labels::True), of(smoothing, Labels::Uniform)]);
        }
        let wrong = |value: &Value, message: String, help: &str| {
            self.report(Diagnostic::error(Code::WrongType, value.span, message).help(help));
            None
        };
        if smoothing != 0.0 {
            let at = c.arg("label_smoothing")?;
            let message = "a recipe with a `loss` of its own says there how labels are smoothed".to_owned();
            return wrong(
                at,
                message,
                "such as `loss: 0.9 * ce(retain) + 0.1 * ce(retain, labels: uniform)`",
            );
        }
        let found = self.loss_terms(said, "`loss`")?;
        for term in &found {
            let cannot = match &term.term.quantity {
                Quantity::CrossEntropy { labels: Labels::NewClass, .. } => Some("a class that nothing adds"),
                Quantity::CrossEntropy { labels: Labels::Boundary { .. } | Labels::NearestOther, .. }
                | Quantity::L2 { to_original: true, .. }
                | Quantity::Divergence { teacher: Teacher::Original, .. }
                | Quantity::EntropyGap { teacher: Teacher::Original, .. } => {
                    Some("the original model, which it makes")
                }
                Quantity::Contrast { .. } => Some("a batch of another set, and it has one"),
                _ => None,
            };
            if let Some(what) = cannot {
                return wrong(
                    said,
                    format!("the loss of a recipe reads {what}"),
                    "write a loss of `retain` alone",
                );
            }
            if term.view.is_some_and(|v| v.clean || v.evaluation || v.noise.is_some()) {
                let message =
                    "a recipe sees images as the data set augments them, in training mode".to_owned();
                return wrong(said, message, "leave `view` and `mode` away");
            }
        }
        Some(found.into_iter().map(|t| t.term).collect())
    }

    /// How a recipe's trainings go.
    pub(super) fn course(&self, c: &Component) -> Option<Course> {
        let (mixup, cutmix) = (c.real("mixup"), c.real("cutmix"));
        let mix = (mixup.is_some() || cutmix.is_some()).then_some(Mix { mixup, cutmix });
        let patience = c.int("patience").map(|epochs| epochs as usize);
        let keep = match c.part("keep") {
            None => Keep::Last,
            Some(kept) => match kept.name.as_str() {
                "best" => Keep::Best { by: self.gain(kept.arg("by")?)? },
                "ema" => Keep::Average { decay: kept.real("decay")? },
                _ => {
                    self.report(self.no_kernel(&kept.declaration));
                    return None;
                }
            },
        };
        Some(Course { mix, keep, patience })
    }

    /// What the best epoch is chosen by.
    fn gain(&self, value: &Value) -> Option<Gain> {
        let formula = self.formula(value)?;
        let (mut test, mut validation) = (false, false);
        formula.leaves(&mut |m, _| {
            test |= m.sees_test();
            validation |= m.sees_validation();
        });
        let help = "write `va`, `va@whole` or `cross_entropy(validation)`";
        if test {
            let message = "the best epoch is chosen by validation samples, and this metric uses test samples";
            let label = "what is chosen on the test samples cannot be reported on them";
            self.report(Diagnostic::error(Code::HeldOut, value.span, message).label(label).help(help));
            return None;
        }
        match formula {
            Formula::Measured(Measured::Accuracy(On::ValidationRetained, Classes::All), None) => {
                Some(Gain::Accuracy)
            }
            Formula::Measured(Measured::Accuracy(On::Validation, Classes::All), None) => {
                Some(Gain::AccuracyOfAll)
            }
            Formula::Measured(Measured::CrossEntropy(On::Validation, None, false), None) => {
                Some(Gain::CrossEntropy)
            }
            _ => {
                let why = if validation { "it is another" } else { "it is not of the validation samples" };
                let message = "the best epoch is the one of best validation accuracy or cross-entropy";
                self.report(Diagnostic::error(Code::WrongType, value.span, message).label(why).help(help));
                None
            }
        }
    }
}

fn cross_entropy(labels: Labels) -> Quantity {
    Quantity::CrossEntropy { set: Set::Retain, labels, reduction: Reduction::Mean, balance: 0.0 }
}

fn plain() -> LossTerm {
    LossTerm { coefficient: 1.0, decay: None, quantity: cross_entropy(Labels::True) }
}
