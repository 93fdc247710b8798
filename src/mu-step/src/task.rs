//! What a method's text is about: what a classifier makes of images, or what a denoiser does.

use crate::expression::Expression;
use crate::{Action, LossTerm, ParameterSet, Procedure, Quantity, Surgery};

impl Procedure {
    /// Every expression that it computes.
    #[must_use]
    pub fn expressions(&self) -> Vec<&Expression> {
        let mut found = Vec::new();
        self.actions.iter().for_each(|action| of_action(action, &mut found));
        found
    }

    /// What of it has a meaning for classifiers alone, beside its expressions.
    #[must_use]
    pub fn of_classifiers(&self) -> Option<&'static str> {
        fn of(action: &Action) -> Option<&'static str> {
            let own = match action {
                Action::AddClass => Some("`add class`"),
                Action::Step { by, .. } => of_surgery(by),
                Action::Repeat(repeat) if repeat.streams.iter().any(|s| s.noise.is_some()) => {
                    Some("`error_maximizing`")
                }
                Action::Repeat(repeat) if repeat.course.gain().is_some() => {
                    Some("a recipe that looks at validation accuracy")
                }
                Action::Repeat(repeat) if repeat.course.mix.is_some() => {
                    Some("mixing images and their labels")
                }
                Action::Repeat(_)
                | Action::Update { .. }
                | Action::Slow { .. }
                | Action::Reinit { .. }
                | Action::Alternate { .. }
                | Action::Aside { .. }
                | Action::Weights { .. }
                | Action::Lookahead { .. }
                | Action::KeepBest { .. }
                | Action::On { .. }
                | Action::Program(_) => None,
            };
            own.or_else(|| action.inner().iter().find_map(of))
        }
        self.actions.iter().find_map(of)
    }
}

fn of_surgery(by: &Surgery) -> Option<&'static str> {
    match by {
        Surgery::Woodfisher { .. } => Some("`woodfisher`"),
        Surgery::Dampen { .. } => Some("`dampen`"),
        Surgery::FisherNoise { .. } => Some("`fisher_noise`"),
        Surgery::Noise { .. } | Surgery::Zero | Surgery::Transpose | Surgery::Half => None,
    }
}

fn of_action<'p>(action: &'p Action, found: &mut Vec<&'p Expression>) {
    match action {
        Action::Update { only: set }
        | Action::Slow { parameters: set, .. }
        | Action::Reinit { parameters: set }
        | Action::Step { parameters: set, .. } => of_set(set, found),
        Action::Repeat(repeat) => {
            of_terms(repeat.terms(), found);
            repeat.slow.iter().for_each(|slowed| of_set(&slowed.parameters, found));
        }
        Action::KeepBest { by, .. } => {
            by.losses().into_iter().for_each(|(_, terms)| of_terms(terms, found));
        }
        Action::AddClass
        | Action::Alternate { .. }
        | Action::Aside { .. }
        | Action::Weights { .. }
        | Action::Lookahead { .. }
        | Action::On { .. }
        | Action::Program(_) => {}
    }
    action.inner().iter().for_each(|inner| of_action(inner, found));
}

fn of_terms<'p>(terms: impl IntoIterator<Item = &'p LossTerm>, found: &mut Vec<&'p Expression>) {
    for term in terms {
        found.extend(term.quantity.expressions());
        if let Quantity::Parameters { parameters, .. } = &term.quantity {
            of_set(parameters, found);
        }
    }
}

fn of_set<'p>(set: &'p ParameterSet, found: &mut Vec<&'p Expression>) {
    set.scores().into_iter().for_each(|score| of_terms(score.loss(), found));
}
