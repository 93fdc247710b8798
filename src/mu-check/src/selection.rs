//! Selections and the scores that they rank by.

use std::rc::Rc;

use mu_diag::{Code, Diagnostic, Span};
use mu_step::Budget;
use mu_syntax::ast::{Body, Kind};

use crate::eval::{Evaluator, Place, Scope};
use crate::program::{Forget, Score};
use crate::value::{Component, Data, Value};
use crate::vocabulary::{self, At, Choice, In, Samples, SelectionPart};
use crate::wanted::Wanted;

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
        if let Body::Value(body) = &c.declaration.body {
            let mut scope = Scope::of_tensors(c.module, body.span);
            scope.locals.extend(c.args.clone());
            let value = self.wanting(Wanted::kind(Kind::Score), || self.eval(body, &scope, &[]));
            return self.score_of(&value);
        }
        vocabulary::read(c)
    }
}

impl Evaluator<'_> {
    /// What the text of a score comes to.
    fn score_of(&self, value: &Value) -> Option<Score> {
        if let Some(other) = value.component().filter(|c| c.kind == Kind::Score) {
            return self.score(other);
        }
        let (tensor, early) = if let Data::Early(tensor, models, epochs) = &value.data {
            (Rc::clone(tensor), Some((*models, *epochs)))
        } else {
            (Rc::new(self.tensor(value)?), None)
        };
        let mut of = self.number_of_sample(&tensor, value.span)?;
        self.readable(&of, Place::Score, value.span)?;
        of.renumber(&mut Vec::new());
        Some(Score::Text { of, early })
    }
}
