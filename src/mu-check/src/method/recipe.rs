//! A recipe: its loss, what its batches are mixed of, which weights it keeps, when it ends.

use mu_diag::{Code, Diagnostic, Span};
use mu_step::expression::{Expression, Net, Node};
use mu_step::{Classes, Collect, Course, Gain, Keep, LossTerm, On, Portion, Recipe, Set};
use mu_syntax::ast;

use super::loss::terms;
use crate::eval::{Evaluator, Scope};
use crate::program::{Formula, Measured};
use crate::term::numbered;
use crate::types;
use crate::value::{Component, Data, Value};
use crate::vocabulary::{KeptWord, LossPart, RecipeWord, read};

/// The loss of a method's phase that follows the recipe.
pub(super) const LOSS: &str = "train.loss";

/// What a recipe minimises that says nothing.
const CROSS_ENTROPY: &str = "ce(retain)";

impl Evaluator<'_> {
    /// The recipe that a component stands for.
    pub(crate) fn recipe(&self, c: &Component) -> Option<Recipe> {
        let RecipeWord::Training { recipe, loss: said, .. } = read(c)? else { return None };
        let (loss, course) = (self.recipe_loss(c), self.course(c));
        let mut loss = loss?;
        // Plain cross-entropy is what every recipe has that says nothing.
        let plain = terms(&self.loss_of(CROSS_ENTROPY, &said.0))?;
        if numbered(plain).into_iter().map(|t| t.term).eq(loss.iter().cloned()) {
            loss.clear();
        }
        let optimizer = self.optimizer(c.part("optimizer")?)?;
        Some(Recipe { optimizer, loss, course: course?, ..recipe })
    }

    /// What a recipe minimises.
    pub(super) fn recipe_loss(&self, c: &Component) -> Option<Vec<LossTerm>> {
        let RecipeWord::Training { loss: LossPart(said), label_smoothing, .. } = read(c)? else {
            return None;
        };
        let (said, smoothing) = (&said, label_smoothing.value);
        if matches!(said.data, Data::Word(_)) {
            // As PyTorch: the label's share is 1 − ε, and ε lies on all classes alike.
            let smoothed =
                || format!("{} * ce(retain) + {smoothing} * ce(retain, labels: uniform)", 1.0 - smoothing);
            let text = if smoothing == 0.0 { CROSS_ENTROPY.to_owned() } else { smoothed() };
            let found = self.loss_terms(&self.loss_of(&text, said), "`loss`")?;
            return Some(numbered(found).into_iter().map(|t| t.term).collect());
        }
        let wrong = |at: Span, message: String, help: &str| {
            self.report(Diagnostic::error(Code::WrongType, at, message).help(help));
            None
        };
        if smoothing != 0.0 {
            let message = "a recipe with a `loss` of its own says there how labels are smoothed".to_owned();
            return wrong(
                label_smoothing.span,
                message,
                "such as `loss: 0.9 * ce(retain) + 0.1 * ce(retain, labels: uniform)`",
            );
        }
        let found = self.loss_terms(said, "`loss`")?;
        for term in &found {
            let quantity = &term.term.quantity;
            let reads = |net: &Net| quantity.expressions().any(|e| e.networks().contains(net));
            let cannot = if quantity.any(|n| matches!(n, Node::NewClass)) {
                Some("a class that nothing adds")
            } else if reads(&Net::Original) {
                Some("the original model, which it makes")
            } else if quantity.looks_beside() {
                Some("a batch of another set, and it has one")
            } else {
                None
            };
            if let Some(what) = cannot {
                return wrong(
                    said.span,
                    format!("the loss of a recipe reads {what}"),
                    "write a loss of `retain` alone",
                );
            }
            if term.view.is_some_and(|v| v.clean || v.evaluation || v.noise.is_some()) {
                let message =
                    "a recipe sees images as the data set augments them, in training mode".to_owned();
                return wrong(said.span, message, "leave `view` and `mode` away");
            }
        }
        Some(numbered(found).into_iter().map(|t| t.term).collect())
    }

    /// The value of a loss that is said in the library's words.
    fn loss_of(&self, text: &str, at: &Value) -> Value {
        let parsed = mu_syntax::parse(&format!("let loss = {text}"), at.span.file);
        let Some(ast::Item::Let(l)) = parsed.file.items.first() else { return Value::broken(at.span) };
        let mut scope = Scope::of(crate::world::STD);
        let retain = Data::Sets(vec![Portion { set: Set::Retain, share: 1.0 }]);
        scope.locals.insert("retain".to_owned(), Value { data: retain, span: at.span });
        Value { span: at.span, ..self.eval_as(&l.value, &scope, &types::of("loss")) }
    }

    /// How a recipe's trainings go.
    pub(super) fn course(&self, c: &Component) -> Option<Course> {
        let RecipeWord::Training { recipe, keep, .. } = read(c)? else { return None };
        let keep = match keep {
            None => Keep::Last,
            Some(kept) => match read(&kept.0)? {
                KeptWord::Best { of } => Keep::Best { by: self.gain(&of.0)? },
                KeptWord::Average { decay } => Keep::Average { decay },
            },
        };
        Some(Course { keep, ..recipe.course })
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
        let known = [
            (Measured::Accuracy(On::ValidationRetained, Classes::All), Gain::Accuracy),
            (Measured::Accuracy(On::Validation, Classes::All), Gain::AccuracyOfAll),
            (
                Measured::Samples(On::Validation, Expression::cross_entropy(), Collect::Mean),
                Gain::CrossEntropy,
            ),
        ];
        if let Formula::Measured(measured, None) = &formula
            && let Some((_, gain)) = known.iter().find(|(of, _)| of == measured)
        {
            return Some(*gain);
        }
        let why = if validation { "it is another" } else { "it is not of the validation samples" };
        let message = "the best epoch is the one of best validation accuracy or cross-entropy";
        self.report(Diagnostic::error(Code::WrongType, value.span, message).label(why).help(help));
        None
    }
}
