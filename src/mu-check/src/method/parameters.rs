//! Sets of parameters, and what is slowed.

use mu_diag::{Code, Diagnostic};
use mu_step::expression::{Net, Node};
use mu_step::{ParameterSet, Quantity, Score, Slowed};
use mu_syntax::ast::Expr;

use super::loss::parameters;
use crate::eval::{Evaluator, Scope};

impl Evaluator<'_> {
    /// The set of parameters that a statement speaks of.
    pub(super) fn parameter_set(&self, expr: &Expr, scope: &Scope, statement: &str) -> Option<ParameterSet> {
        let set = parameters(&self.typed(expr, scope, "parameters", statement)?)?;
        if let Some(problem) = set.scores().into_iter().find_map(unranked) {
            let message = "this cannot be what parameters are ranked by";
            self.report(Diagnostic::error(Code::WrongType, expr.span, message).label(problem));
            return None;
        }
        Some(set)
    }

    /// `slow parameters to factor`
    pub(super) fn slowed(&self, set: &Expr, factor: &Expr, scope: &Scope) -> Option<Slowed> {
        let parameters = self.parameter_set(set, scope, "slow");
        let factor = self.typed(factor, scope, "real", "to");
        Some(Slowed { parameters: parameters?, factor: factor?.number()? })
    }
}

/// Why a score cannot be computed where parameters are ranked: that is before a step, and by no phase.
fn unranked(score: &Score) -> Option<&'static str> {
    score.loss().iter().find_map(|term| {
        let reads = |wanted: fn(&Node) -> bool| term.quantity.any(wanted);
        match &term.quantity {
            Quantity::Parameters { .. } => Some("its gradient is taken over samples, and this has none"),
            _ if term.decay.is_some() => Some("`decay` speaks of the epochs of a phase"),
            Quantity::Samples { .. } if reads(|n| matches!(n, Node::Now { .. })) => {
                Some("`now` looks at the epochs of a phase")
            }
            Quantity::Samples { .. } if reads(|n| matches!(n, Node::Progress)) => {
                Some("`progress` is that of a phase")
            }
            Quantity::Samples { .. } if term.quantity.looks_beside() => {
                Some("`beside` is a batch of a phase")
            }
            Quantity::Samples { .. }
                if score.is_of_original()
                    && reads(|n| {
                        matches!(n, Node::Output { of: Net::Average { .. } | Net::Aside { .. }, .. })
                    }) =>
            {
                Some("it is the original model's: nothing else is trained yet")
            }
            Quantity::Samples { .. } => None,
        }
    })
}
