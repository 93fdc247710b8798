//! The lower level of a worst-case selection: a method's own text, run with weights.

use mu_diag::{Code, Diagnostic, Span};
use mu_step::{Action, Length, Optimizer, Procedure, Repeat};
use mu_syntax::ast::{self, Body, Expr, Statement};

use crate::eval::Evaluator;
use crate::value::Component;

impl Evaluator<'_> {
    /// The method's own text, its one phase or alternation run for `epochs` epochs or rounds by `optimizer` over all
    /// samples, where retain weighs sample i by 1 − w_i and forget by w_i.
    pub(crate) fn weighted(
        &self,
        method: &Component,
        train: Option<&Component>,
        epochs: usize,
        optimizer: &Optimizer,
        at: Span,
    ) -> Option<Procedure> {
        let name = &method.label;
        let cannot = |label: String| {
            let message = format!("`{name}` cannot be the lower level of a worst-case selection");
            self.report(Diagnostic::error(Code::CannotWeigh, at, message).label(label));
        };
        if !method.stages.is_empty() {
            cannot(format!("`{name}` is composed of methods; only one of them can be run with weights"));
            return None;
        }
        let Body::Method(statements) = &method.declaration.body else {
            cannot(format!(
                "`{name}` is a program: it is told which samples to forget, and cannot be told weights; `worst_case` runs it as it is"
            ));
            return None;
        };
        let unweighted = statements.iter().find_map(|s| {
            let what = match s {
                Statement::Aside(..) => "a model on the side",
                Statement::Weights(..) => "arithmetic of weights",
                Statement::Lookahead(..) => "a lookahead",
                Statement::KeepBest(..) => "a choice among its epochs",
                Statement::Start(..)
                | Statement::Update(..)
                | Statement::Slow(..)
                | Statement::Reinit(..)
                | Statement::Surgery(..)
                | Statement::AddClass(_)
                | Statement::Alternate(..)
                | Statement::Repeat(_) => return inner_lookahead(s).map(|span| ("a lookahead", span)),
            };
            Some((what, s.span()))
        });
        if let Some((what, span)) = unweighted {
            cannot(format!("`{name}` has {what}"));
            let message = "this is what cannot be weighted";
            self.report(Diagnostic::error(Code::CannotWeigh, span, message).related(at, "asked for here"));
            return None;
        }
        let phases: Vec<Span> = statements
            .iter()
            .filter(|s| matches!(s, Statement::Repeat(_) | Statement::Alternate(..)))
            .map(Statement::span)
            .collect();
        if phases.len() != 1 {
            cannot(format!(
                "`{name}` has {} phases; exactly one `repeat` can be run with weights",
                phases.len()
            ));
            if let Some(second) = phases.get(1) {
                let message = "this second phase is what cannot be weighted";
                self.report(
                    Diagnostic::error(Code::CannotWeigh, *second, message).related(at, "asked for here"),
                );
            }
            return None;
        }
        self.all_read(method, statements)?;
        let (mut procedure, checkpoint) = self.procedure(method, train)?;
        if checkpoint.is_some() {
            cannot(format!(
                "`{name}` starts from a checkpoint, the lower level from the original model or from scratch"
            ));
            return None;
        }
        for (action, statement) in procedure.actions.iter_mut().zip(&statements[1..]) {
            if let Action::Step { by, .. } = action
                && by.reads_sets()
            {
                cannot(format!("`{name}` has a step that needs the forget set as such"));
                self.report(
                    Diagnostic::error(
                        Code::CannotWeigh,
                        statement.span(),
                        "this step is what cannot be weighted",
                    )
                    .related(at, "asked for here"),
                );
                return None;
            }
            let why = match action {
                Action::Repeat(repeat) if !repeat.course.is_plain() => {
                    Some("a recipe that mixes samples, keeps other weights than its last, or ends early")
                }
                Action::Repeat(repeat) if mixes_noise(repeat) => {
                    Some("noise in the place of some images of a batch")
                }
                Action::Alternate { actions, .. }
                    if actions.iter().any(|a| matches!(a, Action::Repeat(r) if mixes_noise(r))) =>
                {
                    Some("noise in the place of some images of a batch")
                }
                Action::Alternate { rounds: 1, .. } => {
                    Some("one round of phases after each other, and the selection's epochs are rounds")
                }
                Action::Repeat(_)
                | Action::Alternate { .. }
                | Action::Update { .. }
                | Action::Slow { .. }
                | Action::Reinit { .. }
                | Action::Step { .. }
                | Action::AddClass
                | Action::Aside { .. }
                | Action::Weights { .. }
                | Action::Lookahead { .. }
                | Action::KeepBest { .. }
                | Action::Program(_)
                | Action::On { .. } => None,
            };
            if let Some(why) = why {
                cannot(format!("`{name}` has {why}"));
                self.report(
                    Diagnostic::error(Code::CannotWeigh, statement.span(), "this is what cannot be weighted")
                        .related(at, "asked for here"),
                );
                return None;
            }
            match action {
                Action::Repeat(repeat) => {
                    repeat.length = Length::Epochs(epochs);
                    repeat.optimizer = optimizer.clone();
                }
                Action::Alternate { rounds, actions } => {
                    *rounds = epochs;
                    for action in actions {
                        if let Action::Repeat(repeat) = action {
                            repeat.optimizer = optimizer.clone();
                        }
                    }
                }
                Action::Update { .. }
                | Action::Slow { .. }
                | Action::Reinit { .. }
                | Action::Step { .. }
                | Action::AddClass
                | Action::Aside { .. }
                | Action::Weights { .. }
                | Action::Lookahead { .. }
                | Action::KeepBest { .. }
                | Action::Program(_)
                | Action::On { .. } => {}
            }
        }
        Some(procedure)
    }

    /// The lower level has its own epochs and optimizer: a parameter that only these would read cannot be set.
    fn all_read(&self, method: &Component, statements: &[Statement]) -> Option<()> {
        let mut read: Vec<&str> = Vec::new();
        statements.iter().for_each(|s| read_by(s, &mut read));
        let unread = method.given.iter().find(|g| !read.contains(&g.as_str()));
        let Some(name) = unread else { return Some(()) };
        let message =
            format!("the lower level of `worst_case@paper` does not read `{name}` of `{}`", method.label);
        self.report(
            Diagnostic::error(Code::UnreadParameter, method.arg(name)?.span, message)
                .label("it runs by the selection's own `epochs` and `optimizer`")
                .help("set those of `worst_case@paper`"),
        );
        None
    }
}

/// What an alternation has of statements that cannot be weighted.
fn inner_lookahead(statement: &Statement) -> Option<Span> {
    let Statement::Alternate(_, inner, _) = statement else { return None };
    let odd = |s: &&Statement| {
        matches!(s, Statement::Lookahead(..) | Statement::Aside(..) | Statement::Weights(..))
    };
    inner.iter().find(odd).map(Statement::span)
}

/// Whether some samples of a batch are seen as noise: with weights, each sample belongs to both sets.
fn mixes_noise(repeat: &Repeat) -> bool {
    repeat.streams.iter().any(|s| s.noise.is_some_and(|n| n.of.is_some()))
}

/// The names that a statement reads when it is run with weights.
fn read_by<'e>(statement: &'e Statement, out: &mut Vec<&'e str>) {
    match statement {
        Statement::Repeat(r) => {
            [Some(&r.over), r.beside.as_ref(), r.batch.as_ref(), r.rounds.as_ref(), Some(&r.loss)]
                .into_iter()
                .flatten()
                .chain(r.slow.iter().flatten())
                .for_each(|e| names(e, out))
        }
        Statement::Alternate(_, inner, _) => inner.iter().for_each(|s| read_by(s, out)),
        Statement::Start(..)
        | Statement::Update(..)
        | Statement::Slow(..)
        | Statement::Reinit(..)
        | Statement::Surgery(..)
        | Statement::Aside(..)
        | Statement::Weights(..)
        | Statement::Lookahead(..)
        | Statement::KeepBest(..)
        | Statement::AddClass(_) => statement.values().into_iter().for_each(|e| names(e, out)),
    }
}

/// The names that a value uses.
#[allow(clippy::wildcard_enum_match_arm, reason = "reads text")]
pub(super) fn names<'e>(expr: &'e Expr, out: &mut Vec<&'e str>) {
    use ast::Node;
    match &expr.node {
        Node::Path(path) => out.push(path.split('.').next().unwrap_or(path)),
        Node::Call(_, arguments) => arguments.iter().for_each(|a| names(&a.value, out)),
        Node::List(items) => items.iter().for_each(|i| names(i, out)),
        Node::Negate(a) | Node::Not(a) => names(a, out),
        Node::Binary(_, a, b) => {
            names(a, out);
            names(b, out);
        }
        _ => {}
    }
}
