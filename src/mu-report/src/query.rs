//! From a point and a metric to its number, or to why there is none.

use std::collections::HashMap;

use mu_check::{Center, Experiment, Metric, Optimum, Point, Program, Query};
use mu_plan::Plan;
use mu_step::{Failure, Health, StepKey};
use mu_store::Store;

use crate::{Cell, health};

/// The numbers of a plan that are in the store, read and verified once.
pub struct Measurements<'a> {
    program: &'a Program,
    plan: &'a Plan,
    values: HashMap<StepKey, Option<f64>>,
    failures: HashMap<StepKey, Failure>,
    health: HashMap<StepKey, Health>,
}

/// A number, or why there is none.
pub(crate) enum Outcome {
    Value(f64),
    Failed(Failure),
    Missing,
}

/// One value out of many points.
#[derive(Default)]
pub(crate) struct Aggregate {
    pub(crate) cell: Option<Cell>,
    pub(crate) count: usize,
    pub(crate) missing: usize,
    pub(crate) failed: Vec<Failure>,
}

#[derive(serde::Deserialize)]
struct Number {
    value: f64,
}

/// A measured number of the store; `None` where it is missing or damaged.
#[must_use]
pub fn measured(store: &Store, key: StepKey) -> Option<f64> {
    store.get(key).ok().flatten().and_then(|o| o.json::<Number>("value.json").ok()).map(|n| n.value)
}

impl<'a> Measurements<'a> {
    /// Reads what the store has; a damaged number counts as missing.
    #[must_use]
    pub fn read(program: &'a Program, plan: &'a Plan, store: &Store) -> Self {
        let values = plan.target_keys().map(|key| (key, measured(store, key))).collect();
        let failures = plan.steps.keys().filter_map(|k| store.failure(*k).map(|f| (*k, f))).collect();
        Self { program, plan, values, failures, health: health::read(plan, store) }
    }

    pub(crate) fn experiment(&self, index: usize) -> &'a Experiment {
        &self.program.experiments[index]
    }

    /// The points of an experiment that are reported.
    pub(crate) fn points(&self, experiment: usize) -> &'a [Point] {
        self.plan.targets.get(experiment).map_or(&[], |t| &t.points)
    }

    /// What is to be said of the models of some points.
    pub(crate) fn unwell(&self, experiment: usize, points: &[Point]) -> Vec<String> {
        health::remarks(self.program, self.plan, &self.health, experiment, points)
    }

    pub(crate) fn outcome(&self, experiment: usize, point: Point, metric: &Metric) -> Outcome {
        let grid = self.experiment(experiment);
        let Some(targets) = self.plan.targets.get(experiment) else { return Outcome::Missing };
        let key = |measured, other: Option<&str>| {
            let point = other.map_or(Some(point), |method| grid.sibling(point, method))?;
            targets.key(grid.index(point), measured)
        };
        let value = metric.formula.evaluate(&|m, other| self.values.get(&key(m, other)?).copied().flatten());
        if let Some(value) = value.filter(|v| v.is_finite()) {
            return Outcome::Value(value);
        }
        let mut failure = None;
        metric.formula.leaves(&mut |m, other| {
            if failure.is_none() {
                failure = key(m, other).and_then(|k| self.failure(k));
            }
        });
        failure.map_or(Outcome::Missing, Outcome::Failed)
    }

    /// The keys of the measured numbers that a metric's values at some points come from.
    pub(crate) fn steps(&self, experiment: usize, points: &[Point], metric: &Metric) -> Vec<StepKey> {
        let grid = self.experiment(experiment);
        let mut keys = Vec::new();
        let Some(targets) = self.plan.targets.get(experiment) else { return keys };
        for point in points {
            metric.formula.leaves(&mut |measured, other| {
                let point = other.map_or(Some(*point), |method| grid.sibling(*point, method));
                let key = point.and_then(|p| targets.key(grid.index(p), measured));
                keys.extend(key.filter(|k| !keys.contains(k)));
            });
        }
        keys
    }

    /// How far a value is from the best one at a point; less is better.
    pub(crate) fn distance(
        &self,
        experiment: usize,
        point: Point,
        metric: &Metric,
        value: f64,
    ) -> Option<f64> {
        Some(match metric.optimum.as_ref()? {
            Optimum::Higher => -value,
            Optimum::Lower => value,
            Optimum::Value(best) => (value - best).abs(),
            Optimum::Method(method) => {
                let other = self.experiment(experiment).sibling(point, method)?;
                match self.outcome(experiment, other, metric) {
                    Outcome::Value(best) => (value - best).abs(),
                    _ => return None,
                }
            }
        })
    }

    /// One value out of some points.
    pub(crate) fn aggregate(&self, query: &Query, metric: &Metric, points: &[Point]) -> Aggregate {
        let mut found = Aggregate { count: points.len(), ..Aggregate::default() };
        let (mut values, mut best) = (Vec::new(), None::<(f64, f64)>);
        for p in points {
            match self.outcome(query.experiment, *p, metric) {
                Outcome::Value(v) => {
                    values.push(v);
                    if query.center == Center::Best
                        && let Some(distance) = self.distance(query.experiment, *p, metric, v)
                        && best.is_none_or(|(least, _)| distance < least)
                    {
                        best = Some((distance, v));
                    }
                }
                Outcome::Failed(failure) => found.failed.push(failure),
                Outcome::Missing => found.missing += 1,
            }
        }
        found.cell = Cell::of(&values, query.center, query.spread);
        if let (Center::Best, Some(cell)) = (query.center, &mut found.cell) {
            match best {
                Some((_, value)) => cell.mean = value,
                None => found.cell = None,
            }
        }
        found
    }

    /// The values of points in pairs: those that differ from a point in nothing but what `same` leaves out.
    pub(crate) fn pairs(
        &self,
        (query, metric): (&Query, &Metric),
        (other, other_metric): (&Query, &Metric),
    ) -> Option<Vec<(f64, f64)>> {
        let side = |query: &Query, metric: &Metric| -> Option<HashMap<Vec<String>, f64>> {
            let experiment = self.experiment(query.experiment);
            let holds = |p: &&Point| query.filter.as_ref().is_none_or(|f| f.keeps(experiment, **p));
            let mut values = HashMap::new();
            for p in self.points(query.experiment).iter().filter(holds) {
                // Labels, not positions: the two may be of different experiments.
                let at = query.over.iter().map(|axis| {
                    let coord = experiment.position(*p, *axis).map(|at| mu_check::Coord { axis: *axis, at });
                    coord.map(|c| experiment.label(c).to_owned()).unwrap_or_default()
                });
                let Outcome::Value(value) = self.outcome(query.experiment, *p, metric) else { return None };
                values.insert(at.collect(), value);
            }
            Some(values)
        };
        let (ours, theirs) = (side(query, metric)?, side(other, other_metric)?);
        let mut pairs: Vec<(&Vec<String>, (f64, f64))> =
            ours.iter().filter_map(|(at, a)| Some((at, (*a, *theirs.get(at)?)))).collect();
        pairs.sort_by(|a, b| a.0.cmp(b.0));
        Some(pairs.into_iter().map(|(_, pair)| pair).collect())
    }

    /// The failure of a step, or of what it needs.
    fn failure(&self, key: StepKey) -> Option<Failure> {
        if self.failures.is_empty() || self.values.get(&key).is_some_and(Option::is_some) {
            return None;
        }
        let mut open = vec![key];
        while let Some(key) = open.pop() {
            if let Some(failure) = self.failures.get(&key) {
                return Some(failure.clone());
            }
            open.extend(self.plan.steps.get(&key).map(|s| s.spec.inputs()).unwrap_or_default());
        }
        None
    }
}
