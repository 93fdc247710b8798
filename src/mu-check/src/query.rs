//! What tables, figures and claims share: which points, and how their values become one.

use std::collections::HashMap;

use mu_diag::{Code, Diagnostic, Span};
use mu_syntax::ast::{Expr, Field, Name, Node, Operator};

use crate::condition::unknown_axis;
use crate::eval::Evaluator;
use crate::fields::Fields;
use crate::program::{Center, Condition, Experiment, Point, Program, Query, Spread};

/// The experiments of a file by name; `None` in place of one that had errors.
pub(crate) type Experiments = [(String, Option<Experiment>)];

impl Evaluator<'_> {
    /// The experiment that a `from` names. `None` also where it had errors of its own.
    pub(crate) fn from<'e>(
        &self,
        field: &Field,
        experiments: &'e Experiments,
    ) -> Option<(usize, &'e Experiment)> {
        let span = field.value.span;
        let Node::Path(name) = &field.value.node else {
            let message = "`from` takes the name of an experiment";
            self.report(Diagnostic::error(Code::WrongType, span, message));
            return None;
        };
        let index = self.experiment_called(name, span, experiments)?;
        experiments[index].1.as_ref().map(|e| (index, e))
    }

    pub(crate) fn experiment_called(
        &self,
        name: &str,
        span: Span,
        experiments: &Experiments,
    ) -> Option<usize> {
        let found = experiments.iter().position(|(n, _)| n == name);
        if found.is_none() {
            let names: Vec<&str> = experiments.iter().map(|(n, _)| n.as_str()).collect();
            let mut found =
                Diagnostic::error(Code::UnknownName, span, format!("there is no experiment `{name}`"));
            if !names.is_empty() {
                found = found.help(format!("there is `{}`", names.join("`, `")));
            }
            self.report(found.meant(span, name, names));
        }
        found
    }

    /// `where` and `cell` of a block.
    pub(crate) fn query(&self, fields: &Fields<'_>, index: usize, experiment: &Experiment) -> Option<Query> {
        let filter = match fields.get("where") {
            Some(field) => Some(self.filter(&field.value, experiment)?),
            None => None,
        };
        let (center, spread, over) = match fields.get("cell") {
            None => (Center::Mean, Some(Spread::Std), None),
            Some(cell) => {
                let (center, spread) = self.statistic(&cell.value)?;
                (center, spread, cell.over.as_ref())
            }
        };
        let over = self.over(over, experiment)?;
        let one = over.iter().all(|a| experiment.axes[*a].labels.len() < 2);
        if let (Some(cell), Some(_), true) = (fields.get("cell"), spread, one) {
            self.report(
                Diagnostic::warning(Code::SingleSeed, cell.value.span, "a spread over a single value")
                    .label("there is one seed: every ± will be missing")
                    .help("`seed = each 0..3` gives three"),
            );
        }
        Some(Query { experiment: index, filter, over, center, spread })
    }

    pub(crate) fn filter(&self, expr: &Expr, experiment: &Experiment) -> Option<Condition> {
        let condition = self.condition(expr, &experiment.axes, &experiment.name)?;
        let (mut some, mut all) = (false, true);
        for p in experiment.points() {
            let holds = experiment.keeps(&condition, p);
            some |= holds;
            all &= holds;
            if some && !all {
                return Some(condition);
            }
        }
        if !some {
            let message = "no point of the grid is like this";
            self.report(Diagnostic::error(Code::UnknownPosition, expr.span, message));
            return None;
        }
        self.report(
            Diagnostic::warning(Code::NoEffect, expr.span, "every point of the grid is like this")
                .help("leave the condition away"),
        );
        Some(condition)
    }

    /// The axes that are aggregated over: the named one, or every seed.
    pub(crate) fn over(&self, over: Option<&Name>, experiment: &Experiment) -> Option<Vec<usize>> {
        let seed = |name: &str| name == "seed" || name.starts_with("seed.");
        let all = |f: &dyn Fn(&str) -> bool| {
            (0..experiment.axes.len()).filter(|a| f(&experiment.axes[*a].name)).collect()
        };
        match over {
            None => Some(all(&seed)),
            // One seed is an axis of length one: a study is often tried with a single seed first.
            Some(name) if name.text == "seed" => Some(all(&seed)),
            Some(name) => match experiment.axis(&name.text) {
                Some(axis) => Some(vec![axis]),
                None => {
                    self.report(unknown_axis(&name.text, name.span, &experiment.axes, &experiment.name));
                    None
                }
            },
        }
    }

    /// Every axis must be shown, fixed, tuned, or aggregated over, or follow from those that are. `drawn` are axes
    /// that a point must be on to be seen at all; `way` is the way out, for `AXIS`.
    pub(crate) fn accounted(
        &self,
        query: &Query,
        experiment: &Experiment,
        (shown, drawn): (&[usize], &[usize]),
        at: Span,
        way: &str,
    ) {
        for (axis, a) in experiment.axes.iter().enumerate() {
            let open =
                a.labels.len() > 1 && !a.tuned && !query.over.contains(&axis) && !shown.contains(&axis);
            let seen = |p: &Point| {
                query.filter.as_ref().is_none_or(|f| experiment.keeps(f, *p))
                    && drawn.iter().all(|d| experiment.position(*p, *d).is_some())
            };
            let points = || experiment.points().filter(seen);
            if open && !settled(experiment, &query.over, shown, axis, points) {
                let message = format!("axis `{}` is neither shown, fixed nor aggregated over", a.name);
                let help = way.replace("AXIS", &a.name);
                self.report(
                    Diagnostic::error(Code::Unaggregated, at, message)
                        .label(format!("it has {} positions", a.labels.len()))
                        .help(help),
                );
            }
        }
    }

    /// Warns of axes of which no table, figure or claim shows more than one position.
    pub(crate) fn unused_axes(&self, experiments: &Experiments, program: &Program) {
        let mut queries: Vec<&Query> = program.tables.iter().map(|t| &t.query).collect();
        queries.extend(program.figures.iter().map(|f| &f.query));
        let mut claimed: Vec<Query> = Vec::new();
        program.claims.iter().for_each(|c| c.condition.aggregates(&mut |q, _| claimed.push(q.clone())));
        queries.extend(&claimed);
        for (index, (_, experiment)) in experiments.iter().enumerate() {
            let Some(experiment) = experiment else { continue };
            let of: Vec<&&Query> = queries.iter().filter(|q| q.experiment == index).collect();
            for (axis, a) in experiment.axes.iter().enumerate() {
                if of.is_empty() || a.labels.len() < 2 || a.tuned {
                    continue;
                }
                let fixed: Option<Vec<usize>> =
                    of.iter().map(|q| q.filter.as_ref().and_then(|f| f.fixed_at(axis))).collect();
                let Some(fixed) = fixed.filter(|f| f.iter().all(|at| *at == f[0])) else { continue };
                let message = format!("only `{}` of axis `{}` is ever used", a.labels[fixed[0]], a.name);
                self.report(
                    Diagnostic::warning(Code::UnusedAxis, experiment.span, message)
                        .label(format!("it has {} positions, and each is computed", a.labels.len()))
                        .help("show the others somewhere, or leave them away"),
                );
            }
        }
    }

    pub(crate) fn statistic(&self, expr: &Expr) -> Option<(Center, Option<Spread>)> {
        let word = |e: &Expr| if let Node::Path(p) = &e.node { p.clone() } else { String::new() };
        let (center, spread) = match &expr.node {
            Node::Binary(Operator::PlusMinus, center, spread) => (&**center, Some(&**spread)),
            _ => (expr, None),
        };
        let found = Center::ALL.iter().find(|(_, w)| *w == word(center)).map(|(c, _)| *c);
        let around = match spread.map(word).as_deref() {
            None => Some(None),
            Some("std") => Some(Some(Spread::Std)),
            Some("ci95") => Some(Some(Spread::Ci95)),
            Some(_) => None,
        };
        if found.is_none() || around.is_none() {
            let message =
                "a cell is `mean`, `median`, `min`, `max` or `best`, with `± std` or `± ci95` or without";
            let wrong = if found.is_none() { center } else { spread.unwrap_or(center) };
            let words = if found.is_none() {
                Center::ALL.iter().map(|(_, w)| *w).collect::<Vec<_>>()
            } else {
                vec!["std", "ci95"]
            };
            self.report(
                Diagnostic::error(Code::UnknownName, wrong.span, message)
                    .help("write `cell = mean ± std over seed`")
                    .meant(wrong.span, &word(wrong), words),
            );
        }
        Some((found?, around?))
    }
}

/// Whether no two of some points differ on an axis while they are at one place of those that are shown and
/// aggregated over: `zip` pairs axes so that one follows from another.
fn settled<I: Iterator<Item = Point>>(
    experiment: &Experiment,
    over: &[usize],
    shown: &[usize],
    axis: usize,
    points: impl Fn() -> I,
) -> bool {
    let mut first = None;
    let one = |at: usize| *first.get_or_insert(at) == at;
    if points().filter_map(|p| experiment.position(p, axis)).all(one) {
        return true;
    }
    if experiment.kept.is_none() {
        return false;
    }
    let mut at_place: HashMap<Vec<Option<usize>>, usize> = HashMap::new();
    points().all(|p| {
        let place = over.iter().chain(shown).map(|a| experiment.position(p, *a)).collect();
        experiment.position(p, axis).is_none_or(|at| *at_place.entry(place).or_insert(at) == at)
    })
}
