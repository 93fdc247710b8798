//! The TorchScript functions that a step calls: those of all expressions in it.

use crate::expression::{Expression, FunctionFile};
use crate::{
    Action, Feature, Kernel, LossTerm, ParameterSet, Procedure, Quantity, Recipe, SampleScore, Selection,
    StepSpec,
};

impl StepSpec {
    /// The files of the TorchScript functions that it calls, each once.
    #[must_use]
    pub fn functions(&self) -> Vec<&FunctionFile> {
        let mut found = Found::default();
        match self {
            StepSpec::Train(s) => found.recipe(&s.recipe),
            StepSpec::Unlearn(s) => found.procedure(&s.procedure),
            StepSpec::Score(s) => match &s.score {
                SampleScore::Outputs { of, .. } | SampleScore::Networks { of, .. } => found.expression(of),
                SampleScore::Forgetting { recipe, .. } => found.recipe(recipe),
                SampleScore::GradientNorm { .. }
                | SampleScore::FeatureDistance { .. }
                | SampleScore::LeftOut { .. } => {}
            },
            StepSpec::Select(s) => {
                if let Selection::PublishedWorstCase(search) = &s.selection {
                    found.procedure(&search.procedure);
                }
            }
            StepSpec::Measure(s) => {
                if let Kernel::Samples { of, .. } = &s.kernel {
                    found.expression(of);
                } else if let Kernel::Mia { attack, .. } = &s.kernel
                    && let Feature::Score(of) = &attack.feature
                {
                    found.expression(of);
                }
            }
            StepSpec::Data(_)
            | StepSpec::Split(_)
            | StepSpec::Load(_)
            | StepSpec::Module(_)
            | StepSpec::Infer(_) => {}
        }
        found.0
    }
}

#[derive(Default)]
struct Found<'s>(Vec<&'s FunctionFile>);

impl<'s> Found<'s> {
    fn expression(&mut self, of: &'s Expression) {
        for file in of.functions() {
            if !self.0.contains(&file) {
                self.0.push(file);
            }
        }
    }

    fn recipe(&mut self, recipe: &'s Recipe) {
        self.terms(&recipe.loss);
    }

    fn procedure(&mut self, procedure: &'s Procedure) {
        procedure.actions.iter().for_each(|action| self.action(action));
    }

    fn action(&mut self, action: &'s Action) {
        match action {
            Action::Update { only: set }
            | Action::Slow { parameters: set, .. }
            | Action::Reinit { parameters: set }
            | Action::Step { parameters: set, .. } => self.set(set),
            Action::Repeat(repeat) => {
                self.terms(repeat.terms());
                repeat.slow.iter().for_each(|slowed| self.set(&slowed.parameters));
            }
            Action::KeepBest { by, .. } => {
                by.losses().into_iter().for_each(|(_, terms)| self.terms(terms));
            }
            Action::AddClass
            | Action::Alternate { .. }
            | Action::Aside { .. }
            | Action::Lookahead { .. }
            | Action::Weights { .. }
            | Action::On { .. }
            | Action::Program(_) => {}
        }
        action.inner().iter().for_each(|action| self.action(action));
    }

    fn terms(&mut self, terms: impl IntoIterator<Item = &'s LossTerm>) {
        for term in terms {
            term.quantity.expressions().for_each(|of| self.expression(of));
            if let Quantity::Parameters { parameters, .. } = &term.quantity {
                self.set(parameters);
            }
        }
    }

    fn set(&mut self, set: &'s ParameterSet) {
        set.scores().into_iter().for_each(|score| self.terms(score.loss()));
    }
}
