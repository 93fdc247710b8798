//! Which points are planned: first those on which parameters are tuned, then, as their numbers are there, the
//! grid with the parameters that were chosen.

use std::collections::HashMap;

use indexmap::IndexMap;
use mu_check::{Coord, Experiment, Measured, Point, REQUEST, Tune};
use mu_step::StepKey;

use crate::build::Grid;
use crate::{Known, Undecided};

pub(crate) struct Points {
    pub(crate) main: Vec<Point>,
    pub(crate) undecided: Vec<Undecided>,
}

pub(crate) fn points(grid: &mut Grid<'_>, known: &dyn Fn(StepKey) -> Known) -> Points {
    let experiment = grid.experiment;
    let mut chosen: Vec<HashMap<Vec<Coord>, Option<usize>>> = Vec::new();
    let mut undecided = Vec::new();
    for tune in &experiment.tunes {
        chosen.push(decide(grid, tune, known, &mut undecided));
    }
    let keep = |p: &Point| {
        experiment.tunes.iter().zip(&chosen).all(|(tune, chosen)| match experiment.position(*p, tune.axis) {
            None => true,
            Some(at) => chosen.get(&group(experiment, tune, *p)).copied().flatten() == Some(at),
        })
    };
    let main = if experiment.tunes.is_empty() {
        experiment.points().collect()
    } else {
        experiment.points().filter(keep).collect()
    };
    Points { main, undecided }
}

/// What a choice holds for: everything but the parameter itself, the forget set and the seed.
fn group(experiment: &Experiment, tune: &Tune, p: Point) -> Vec<Coord> {
    let shared = |name: &str| {
        let field = name.split('.').next().unwrap_or(name);
        field == "forget" || field == REQUEST || field == "seed"
    };
    let of_tune = |axis: usize| experiment.tunes.iter().any(|t| t.axis == axis);
    experiment
        .coords(p)
        .filter(|c| c.axis != tune.axis && !of_tune(c.axis) && !shared(&experiment.axes[c.axis].name))
        .collect()
}

/// For each group the candidate that is best on the points of `on`; `None` while numbers are missing.
fn decide(
    grid: &mut Grid<'_>,
    tune: &Tune,
    known: &dyn Fn(StepKey) -> Known,
    undecided: &mut Vec<Undecided>,
) -> HashMap<Vec<Coord>, Option<usize>> {
    let experiment = grid.experiment;
    // In the order of the points: what is said of them is the same text every time.
    let mut groups: IndexMap<Vec<Coord>, Vec<(usize, Point)>> = IndexMap::new();
    for p in experiment.points() {
        if let Some(at) = experiment.position(p, tune.axis)
            && experiment.keeps(&tune.on, p)
        {
            groups.entry(group(experiment, tune, p)).or_default().push((at, p));
            grid.measure(p);
        }
    }
    let mut chosen = HashMap::new();
    for (group, points) in groups {
        let mut sums: HashMap<usize, (f64, usize)> = HashMap::new();
        let (mut missing, mut failed) = (0, 0);
        for (at, p) in points {
            match value(grid, tune, p, known) {
                Known::Value(v) => {
                    let sum = sums.entry(at).or_default();
                    *sum = (sum.0 + v, sum.1 + 1);
                }
                // A candidate that diverges is not chosen.
                Known::Failed => failed += 1,
                Known::Missing => missing += 1,
            }
        }
        let score = |(sum, n): (f64, usize)| if tune.maximize { -sum / n as f64 } else { sum / n as f64 };
        let best = sums
            .iter()
            .map(|(at, sum)| (score(*sum), *at))
            .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))
            .map(|(_, at)| at);
        let words = group.iter().map(|c| experiment.label(*c)).collect::<Vec<_>>().join(" ");
        let choice = best.filter(|_| missing == 0);
        if choice.is_none() {
            undecided.push(Undecided { axis: tune.axis, group: words, missing, failed });
        }
        chosen.insert(group, choice);
    }
    chosen
}

fn value(grid: &Grid<'_>, tune: &Tune, p: Point, known: &dyn Fn(StepKey) -> Known) -> Known {
    let experiment = grid.experiment;
    let mut failed = false;
    let mut leaf = |m: &Measured, other: Option<&str>| {
        let p = other.map_or(Some(p), |method| experiment.sibling(p, method))?;
        let at = grid.measured.iter().position(|k| k == m)?;
        match known(*grid.keys.get(&experiment.index(p))?.get(at)?) {
            Known::Value(v) => Some(v),
            Known::Failed => {
                failed = true;
                None
            }
            Known::Missing => None,
        }
    };
    let leaf = std::cell::RefCell::new(&mut leaf);
    let found = tune.metric.formula.evaluate(&|m, other| (leaf.borrow_mut())(m, other));
    match (found, failed) {
        (Some(v), _) if v.is_finite() => Known::Value(v),
        (Some(_), _) | (None, true) => Known::Failed,
        (None, false) => Known::Missing,
    }
}
