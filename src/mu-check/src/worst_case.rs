//! The two worst-case selections: by fictitious play, and by the published update.

use mu_diag::{Code, Diagnostic, Span};
use mu_step::{Action, Budget, Length, Procedure, Shared};

use crate::eval::Evaluator;
use crate::program::{By, Forget};
use crate::selection::{flag, grouping};
use crate::unit::Unit;
use crate::value::{Component, Data};

impl Evaluator<'_> {
    /// `worst_case`: each round runs the method's own text without the set so far.
    pub(crate) fn worst_case(&self, c: &Component, recipe: Option<&Component>) -> Option<Forget> {
        let (budget, by) = self.budget_and_unit(c)?;
        let per_class = flag(c, "per_class");
        if per_class && by != By::Sample {
            let at = c.arg("per_class")?.span;
            let message = "`per_class` is for selections that weigh samples";
            let help = "leave `per_class` or `weigh` away";
            self.report(Diagnostic::error(Code::WrongType, at, message).help(help));
            return None;
        }
        let against = c.part("against")?;
        let mut unlearn = self.unlearn(against, recipe)?;
        // `own` is as long as the method says.
        if let Some(epochs) = c.int("epochs") {
            let mut procedure = Procedure::clone(&unlearn.procedure);
            if !last_for(&mut procedure, epochs as usize) {
                let at = c.arg("epochs")?.span;
                let message = format!("`{}` has not one phase whose length `epochs` could be", against.label);
                let help = "leave `epochs` away, and give the method its own parameters";
                self.report(Diagnostic::error(Code::CannotWeigh, at, message).help(help));
                return None;
            }
            unlearn.procedure = Shared::new(procedure);
        }
        Some(Forget::WorstCase {
            budget,
            by,
            per_class,
            against: Box::new(unlearn),
            rounds: c.int("rounds")? as usize,
            reverse: flag(c, "reverse"),
            found_with: c.part("found_with").map(|m| m.full_label()),
        })
    }

    /// `worst_case@paper`: each round runs the weighted method.
    pub(crate) fn published_worst_case(
        &self,
        c: &Component,
        recipe: Option<&Component>,
        span: Span,
    ) -> Option<Forget> {
        let (budget, by) = self.budget_and_unit(c)?;
        let optimizer = self.optimizer(c.part("optimizer")?)?;
        let step = c.real("step")?;
        if step < 1.0 && !flag(c, "faithful") {
            let at = c.arg("step")?.span;
            let message = format!("an upper-level step of {step} cannot change which samples are selected");
            self.report(
                Diagnostic::warning(Code::WeakStep, at, message)
                    .label("weights start at 0 and 1: two losses must differ by more than 1/step to change places")
                    .help("`worst_case` needs no step; the default of `worst_case@paper` is 1e3"),
            );
        }
        let epochs = c.int("epochs")? as usize;
        let procedure = self.weighted(c.part("against")?, recipe, epochs, &optimizer, span)?;
        Some(Forget::PublishedWorstCase {
            budget,
            by,
            procedure: Shared::new(procedure),
            rounds: c.int("rounds")? as usize,
            step,
            gamma: c.real("gamma")?,
            reverse: flag(c, "reverse"),
            faithful: flag(c, "faithful"),
            found_with: c.part("found_with").map(|m| m.full_label()),
        })
    }

    /// How much is chosen, and of what.
    fn budget_and_unit(&self, c: &Component) -> Option<(Budget, By)> {
        let budget = self.budget(c)?;
        let by = match c.word("weigh") {
            Some("class") => By::Class,
            Some(_) => By::Sample,
            None => By::Group(grouping(c, "weigh")?),
        };
        if let (Data::Number(_, Unit::Of(unit)), at) = (&c.arg("budget")?.data, c.arg("budget")?.span) {
            let wanted = match by {
                By::Sample => "samples",
                By::Class => "classes",
                By::Group(_) => "groups",
            };
            if *unit != wanted {
                let message =
                    format!("a worst-case selection of {wanted} has a budget of {wanted}, not of {unit}");
                self.report(Diagnostic::error(Code::WrongUnit, at, message));
                return None;
            }
        }
        Some((budget, by))
    }
}

/// Makes the only phase of a procedure so many epochs long, or its only alternation so many rounds; whether it has just one.
fn last_for(procedure: &mut Procedure, epochs: usize) -> bool {
    let is_phase = |action: &&mut Action| matches!(action, Action::Repeat(_) | Action::Alternate { .. });
    let mut phases = procedure.actions.iter_mut().filter(is_phase);
    let (Some(only), None) = (phases.next(), phases.next()) else { return false };
    match only {
        Action::Repeat(repeat) => repeat.length = Length::Epochs(epochs),
        Action::Alternate { rounds, .. } => *rounds = epochs,
        _ => {}
    }
    true
}
