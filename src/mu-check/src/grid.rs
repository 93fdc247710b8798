//! The grid: axes out of positions, `zip` and `except`.

use std::collections::HashSet;

use indexmap::{IndexMap, IndexSet};
use mu_diag::{Code, Diagnostic};

use crate::condition::unknown_axis;
use crate::eval::{Evaluator, Found};
use crate::fields::Fields;
use crate::origin::Origin;
use crate::program::{Alternative, Axis, Coord, Experiment};
use crate::value::Value;

/// The axes of an experiment's fields, and the fields' values by position; a complaint where two positions
/// cannot be told apart.
pub(crate) fn axes(
    fields: [Vec<Found>; 6],
    report: &dyn Fn(Diagnostic),
) -> (Vec<Axis>, [Vec<Alternative<Value>>; 6]) {
    let mut axes: IndexMap<String, IndexSet<String>> = IndexMap::new();
    let fields = fields.map(|found| {
        let mut seen: HashSet<Vec<Coord>> = HashSet::new();
        let mut out = Vec::with_capacity(found.len());
        for Found { coords, value } in found {
            let mut placed = Vec::with_capacity(coords.len());
            for (name, label) in coords {
                let entry = axes.entry(name);
                let axis = entry.index();
                let (at, _) = entry.or_default().insert_full(label);
                placed.push(Coord { axis, at });
            }
            if !seen.insert(placed.clone()) && !value.is_broken() {
                report(
                    Diagnostic::error(Code::Duplicate, value.span, "this position is on the axis twice")
                        .help("name them: `each { a = …, b = … }`"),
                );
            }
            out.push(Alternative { coords: placed, span: value.span, origin: Origin(value.clone()), value });
        }
        out
    });
    let axes = axes
        .into_iter()
        .map(|(name, labels)| Axis { name, labels: labels.into_iter().collect(), tuned: false })
        .collect();
    (axes, fields)
}

impl Evaluator<'_> {
    /// The combinations that `zip` and `except` leave; `None` where they are wrong.
    pub(crate) fn kept(&self, experiment: &Experiment, fields: &Fields<'_>) -> Option<Option<Vec<usize>>> {
        if fields.zips.is_empty() && fields.excepts.is_empty() {
            return Some(None);
        }
        let mut zipped: Vec<Vec<usize>> = Vec::new();
        for (names, span) in &fields.zips {
            let mut group = Vec::new();
            for name in names {
                match experiment.axis(&name.text) {
                    Some(axis) => group.push(axis),
                    None => {
                        self.report(unknown_axis(&name.text, name.span, &experiment.axes, &experiment.name))
                    }
                }
            }
            if group.len() < names.len() {
                return None;
            }
            let lengths: Vec<String> = group
                .iter()
                .map(|a| format!("`{}` has {}", experiment.axes[*a].name, experiment.axes[*a].labels.len()))
                .collect();
            if group
                .iter()
                .any(|a| experiment.axes[*a].labels.len() != experiment.axes[group[0]].labels.len())
            {
                self.report(
                    Diagnostic::error(
                        Code::ZipLength,
                        *span,
                        "these axes have different numbers of positions",
                    )
                    .label(lengths.join(", "))
                    .help("`zip` pairs the first positions, the second ones, and so on"),
                );
                return None;
            }
            zipped.push(group);
        }
        let conditions: Vec<_> =
            fields.excepts.iter().map(|e| self.condition(e, &experiment.axes, &experiment.name)).collect();
        let conditions: Option<Vec<_>> = conditions.into_iter().collect();
        let conditions = conditions?;
        let mut kept = Vec::new();
        let mut dropped = vec![0usize; conditions.len()];
        for index in 0..experiment.combinations() {
            let p = experiment.point(index);
            // A point that is on one of the axes only has nothing to be paired with: it stays.
            let paired = zipped.iter().all(|group| {
                let mut at = group.iter().filter_map(|a| experiment.position(p, *a));
                let first = at.next();
                at.all(|other| Some(other) == first)
            });
            if !paired {
                continue;
            }
            let mut keep = true;
            for (condition, dropped) in conditions.iter().zip(&mut dropped) {
                if experiment.says(condition, p) == Some(true) {
                    *dropped += 1;
                    keep = false;
                }
            }
            if keep {
                kept.push(index);
            }
        }
        for (expr, dropped) in fields.excepts.iter().zip(&dropped) {
            if *dropped == 0 {
                self.report(
                    Diagnostic::warning(Code::NoEffect, expr.span, "this `except` drops no point")
                        .label("no point is like this"),
                );
            }
        }
        if kept.is_empty() {
            let span = fields.excepts.first().map_or(experiment.span, |e| e.span);
            self.report(
                Diagnostic::error(Code::EmptyGrid, span, "no point of the grid is left")
                    .label("drops the last of them"),
            );
            return None;
        }
        Some(Some(kept))
    }
}
