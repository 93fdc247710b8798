//! The TorchScript functions that a step calls: those of all expressions in it.

use crate::expression::{Expression, FunctionFile};
use crate::{Feature, Kernel, LossTerm, Procedure, Recipe, SampleScore, Selection, StepSpec};

impl StepSpec {
    /// The files of the TorchScript functions that it calls, each once.
    #[must_use]
    pub fn functions(&self) -> Vec<&FunctionFile> {
        let mut found = Found::default();
        match self {
            StepSpec::Train(s) => found.recipe(&s.recipe),
            StepSpec::Unlearn(s) => found.procedure(&s.procedure),
            StepSpec::Infer(s) => found.terms(&s.losses),
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
            | StepSpec::Generate(_)
            | StepSpec::Judge(_) => {}
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

    fn terms(&mut self, terms: &'s [LossTerm]) {
        terms.iter().flat_map(|term| term.quantity.expressions()).for_each(|of| self.expression(of));
    }

    fn procedure(&mut self, procedure: &'s Procedure) {
        procedure.expressions().into_iter().for_each(|of| self.expression(of));
    }
}
