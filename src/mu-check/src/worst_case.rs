//! The two worst-case selections: by fictitious play, and by the published update.

use mu_diag::{Code, Diagnostic, Span};
use mu_step::{Action, Budget, Length, Procedure, Selection, SelectionUnit, Shared};

use crate::eval::Evaluator;
use crate::program::{FictitiousPlay, Named, WeightSearch};
use crate::value::Component;
use crate::vocabulary::{At, MethodPart, ModelPart, OptimizerPart, Units};

/// What `worst_case` is told.
pub(crate) struct Play {
    pub(crate) budget: At<Units>,
    pub(crate) against: MethodPart,
    pub(crate) by: SelectionUnit,
    pub(crate) per_class: At<bool>,
    pub(crate) rounds: usize,
    /// Of the lower level, where it is not as long as the method says.
    pub(crate) epochs: Option<At<usize>>,
    pub(crate) found_with: Option<ModelPart>,
    pub(crate) reverse: bool,
}

/// What `worst_case@paper` is told.
pub(crate) struct Published {
    pub(crate) budget: At<Units>,
    pub(crate) against: MethodPart,
    pub(crate) by: SelectionUnit,
    pub(crate) rounds: usize,
    pub(crate) epochs: usize,
    pub(crate) optimizer: OptimizerPart,
    pub(crate) step: At<f64>,
    pub(crate) gamma: f64,
    pub(crate) found_with: Option<ModelPart>,
    pub(crate) reverse: bool,
    pub(crate) faithful: bool,
}

impl Evaluator<'_> {
    /// `worst_case`: each round runs the method's own text without the set so far.
    pub(crate) fn worst_case(&self, play: Play, recipe: Option<&Component>) -> Option<Selection<Named>> {
        let Play { budget, against, by, per_class, rounds, epochs, found_with, reverse } = play;
        let budget = self.units(&budget, &by)?;
        if per_class.value && by != SelectionUnit::Sample {
            let message = "`per_class` is for selections that weigh samples";
            let help = "leave `per_class` or `weigh` away";
            self.report(Diagnostic::error(Code::WrongType, per_class.span, message).help(help));
            return None;
        }
        let against = against.0;
        let mut unlearn = self.unlearn(&against, recipe)?;
        // `own` is as long as the method says.
        if let Some(At { value: epochs, span: at }) = epochs {
            let mut procedure = Procedure::clone(&unlearn.procedure);
            if !last_for(&mut procedure, epochs) {
                let message = format!("`{}` has not one phase whose length `epochs` could be", against.label);
                let help = "leave `epochs` away, and give the method its own parameters";
                self.report(Diagnostic::error(Code::CannotWeigh, at, message).help(help));
                return None;
            }
            unlearn.procedure = Shared::new(procedure);
        }
        Some(Selection::WorstCase(Box::new(FictitiousPlay {
            budget,
            by,
            per_class: per_class.value,
            against: unlearn,
            rounds,
            reverse,
            found_with: found_with.map(|m| m.0.full_label()),
        })))
    }

    /// `worst_case@paper`: each round runs the weighted method.
    pub(crate) fn published_worst_case(
        &self,
        search: Published,
        recipe: Option<&Component>,
        span: Span,
    ) -> Option<Selection<Named>> {
        let Published { budget, against, by, rounds, epochs, optimizer, step, gamma, .. } = search;
        let budget = self.units(&budget, &by)?;
        let optimizer = self.optimizer(&optimizer.0)?;
        if step.value < 1.0 && !search.faithful {
            let message =
                format!("an upper-level step of {} cannot change which samples are selected", step.value);
            self.report(
                Diagnostic::warning(Code::WeakStep, step.span, message)
                    .label("weights start at 0 and 1: two losses must differ by more than 1/step to change places")
                    .help("`worst_case` needs no step; the default of `worst_case@paper` is 1e3"),
            );
        }
        let procedure = self.weighted(&against.0, recipe, epochs, &optimizer, span)?;
        Some(Selection::PublishedWorstCase(Box::new(WeightSearch {
            budget,
            by,
            procedure: Shared::new(procedure),
            rounds,
            step: step.value,
            gamma,
            reverse: search.reverse,
            faithful: search.faithful,
            found_with: search.found_with.map(|m| m.0.full_label()),
        })))
    }

    /// How much is chosen, in the units that are chosen as a whole.
    fn units(&self, budget: &At<Units>, by: &SelectionUnit) -> Option<Budget> {
        let Units { budget: amount, of } = budget.value;
        let amount = self.below_all(amount, budget.span)?;
        let wanted = match by {
            SelectionUnit::Sample => "samples",
            SelectionUnit::Class => "classes",
            SelectionUnit::Group(_) => "groups",
        };
        if let Some(unit) = of.filter(|unit| *unit != wanted) {
            let message =
                format!("a worst-case selection of {wanted} has a budget of {wanted}, not of {unit}");
            self.report(Diagnostic::error(Code::WrongUnit, budget.span, message));
            return None;
        }
        Some(amount)
    }
}

/// Makes the only phase of a procedure so many epochs long, or its only alternation so many rounds; whether it has just one.
fn last_for(procedure: &mut Procedure, epochs: usize) -> bool {
    let is_phase = |action: &&mut Action| matches!(action, Action::Repeat(_) | Action::Alternate { .. });
    let mut phases = procedure.actions.iter_mut().filter(is_phase);
    let (Some(only), None) = (phases.next(), phases.next()) else { return false };
    if let Action::Repeat(repeat) = only {
        repeat.length = Length::Epochs(epochs);
    } else if let Action::Alternate { rounds, .. } = only {
        *rounds = epochs;
    }
    true
}
