//! From a point and a metric to its number, or to why there is none.

use std::collections::HashMap;

use mu_check::{Bound, Center, Experiment, Measured, Metric, Optimum, Point, Program, Query};
use mu_plan::Plan;
use mu_step::artefact::{Health, Judged, Value};
use mu_step::{Failure, FailureKind, StepKey};
use mu_store::{Store, StoreError};

use crate::{Cell, health, images, notes};

/// The numbers of a plan that are in the store, read and verified once.
pub struct Measurements<'a> {
    program: &'a Program,
    plan: &'a Plan,
    values: HashMap<StepKey, Option<Value>>,
    failures: HashMap<StepKey, Failure>,
    health: HashMap<StepKey, Health>,
    judged: HashMap<StepKey, Judged>,
    notes: HashMap<StepKey, Vec<String>>,
    /// Whether any number stopped at a limit.
    capped: bool,
    /// Whether any leaves out forgotten classes.
    left_out: bool,
}

/// A number, or why there is none.
pub enum Outcome {
    /// It is there.
    Value(f64),
    /// A step on the way to it failed.
    Failed(Failure),
    /// It was not computed yet.
    Missing,
}

/// One value out of many points.
#[derive(Default)]
pub struct Aggregate {
    /// The value; none where no point has one.
    pub cell: Option<Cell>,
    /// How many points there are.
    pub count: usize,
    /// How many of them are not computed yet.
    pub missing: usize,
    /// Why others have no number.
    pub failed: Vec<Failure>,
    /// How the values that went into it stand to the true ones: how many are not exact, and what that makes of the cell.
    pub inexact: usize,
    /// Whether held-out samples of classes that are forgotten whole were left out.
    pub left_out: bool,
}

fn number(store: &Store, key: StepKey) -> Result<Option<Value>, StoreError> {
    store.get(key)?.map(|object| object.record()).transpose()
}

/// A measured number of the store; `None` where it is missing or cannot be read.
#[must_use]
pub fn measured(store: &Store, key: StepKey) -> Option<f64> {
    number(store, key).ok().flatten().map(|n| n.value)
}

impl<'a> Measurements<'a> {
    /// Reads what the store has. A number that is there and cannot be read is a failure, and says why.
    #[must_use]
    pub fn read(program: &'a Program, plan: &'a Plan, store: &Store) -> Self {
        let mut unread = Vec::new();
        let mut read = |key| {
            number(store, key).unwrap_or_else(|error| {
                unread.push((key, Failure::new(FailureKind::Store, error.to_string())));
                None
            })
        };
        let values: HashMap<StepKey, Option<Value>> =
            plan.target_keys().map(|key| (key, read(key))).collect();
        let any = |says: fn(&Value) -> bool| values.values().flatten().any(says);
        let (capped, left_out) = (any(|n| n.capped), any(|n| !n.left_out.is_empty()));
        let failures =
            plan.graph.keys().filter_map(|k| store.failure(k).map(|f| (k, f))).chain(unread).collect();
        let (health, judged) = (health::read(plan, store), images::read(plan, store));
        let notes = notes::read(program, plan, store);
        Self { program, plan, values, failures, health, judged, notes, capped, left_out }
    }

    /// An experiment by its place in the program.
    #[must_use]
    pub fn experiment(&self, index: usize) -> &'a Experiment {
        &self.program.experiments[index]
    }

    /// The points of an experiment that are reported.
    #[must_use]
    pub fn points(&self, experiment: usize) -> &'a [Point] {
        self.plan.targets.get(experiment).map_or(&[], |t| &t.points)
    }

    /// What is to be said of the denoisers of some points, and is nothing wrong.
    #[must_use]
    pub fn remarks(&self, experiment: usize, points: &[Point]) -> Vec<String> {
        images::remarks(self.program, self.plan, &self.judged, experiment, points)
    }

    /// What is to be said of the models and forget sets of some points.
    #[must_use]
    pub fn warnings(&self, experiment: usize, points: &[Point]) -> Vec<String> {
        let mut found = health::remarks(self.program, self.plan, &self.health, experiment, points);
        found.extend(images::warnings(self.program, self.plan, &self.judged, experiment, points));
        found.extend(notes::remarks(self.program, self.plan, &self.notes, experiment, points));
        found
    }

    /// The step of a leaf at a point.
    fn key(&self, experiment: usize, point: Point, leaf: &Measured, other: Option<&str>) -> Option<StepKey> {
        let grid = self.experiment(experiment);
        let point = other.map_or(Some(point), |method| grid.sibling(point, method))?;
        self.plan.targets.get(experiment)?.key(grid.index(point), leaf)
    }

    /// What is measured of a leaf at a point.
    fn leaf(&self, experiment: usize, point: Point, leaf: &Measured, other: Option<&str>) -> Option<&Value> {
        self.values.get(&self.key(experiment, point, leaf, other)?)?.as_ref()
    }

    /// How the value of a metric at a point stands to the true one: a leaf may have stopped at a limit.
    #[must_use]
    pub fn bound(&self, experiment: usize, point: Point, metric: &Metric) -> Bound {
        if !self.capped {
            return Bound::Exact;
        }
        let leaf = |m: &Measured, other: Option<&str>| {
            self.leaf(experiment, point, m, other).map(|n| (n.value, n.capped))
        };
        let grid = self.experiment(experiment);
        let own = grid
            .axis("unlearn")
            .and_then(|axis| grid.position(point, axis).map(|at| grid.label(mu_check::Coord { axis, at })));
        metric.formula.bound(own.unwrap_or_default(), &leaf).unwrap_or_default()
    }

    /// The number of a metric at a point, or why there is none.
    #[must_use]
    pub fn outcome(&self, experiment: usize, point: Point, metric: &Metric) -> Outcome {
        let key = |m: &Measured, other: Option<&str>| self.key(experiment, point, m, other);
        let value =
            metric.formula.evaluate(&|m, other| self.leaf(experiment, point, m, other).map(|n| n.value));
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
    #[must_use]
    pub fn steps(&self, experiment: usize, points: &[Point], metric: &Metric) -> Vec<StepKey> {
        let mut keys = Vec::new();
        for point in points {
            metric.formula.leaves(&mut |measured, other| {
                let key = self.key(experiment, *point, measured, other);
                keys.extend(key.filter(|k| !keys.contains(k)));
            });
        }
        keys
    }

    /// How far a value is from the best one at a point; less is better.
    #[must_use]
    pub fn distance(&self, experiment: usize, point: Point, metric: &Metric, value: f64) -> Option<f64> {
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
    #[must_use]
    pub fn aggregate(&self, query: &Query, metric: &Metric, points: &[Point]) -> Aggregate {
        let mut found = Aggregate { count: points.len(), ..Aggregate::default() };
        let (mut values, mut best) = (Vec::new(), None::<(f64, f64)>);
        let (mut there, mut bounds) = (Vec::new(), Vec::new());
        for p in points {
            match self.outcome(query.experiment, *p, metric) {
                Outcome::Value(v) => {
                    values.push(v);
                    there.push(*p);
                    bounds.push(self.bound(query.experiment, *p, metric));
                    found.left_out |= self.leaves_out(query.experiment, *p, metric);
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
        found.inexact = bounds.iter().filter(|b| **b != Bound::Exact).count();
        if metric.formula.takes_means() {
            let value = self.of_means(query.experiment, &there, metric);
            // It is one value of all points: there is nothing to spread, nor a best of them.
            found.cell = value.filter(|_| query.center != Center::Std).map(|mean| Cell {
                mean,
                std: None,
                n: there.len(),
                bound: bounds.iter().fold(Bound::Exact, |a, b| a.with(*b)),
            });
            return found;
        }
        found.cell = Cell::of(&values, query.center, query.spread);
        if let (Center::Best, Some(cell)) = (query.center, &mut found.cell) {
            match best {
                Some((_, value)) => cell.mean = value,
                None => found.cell = None,
            }
        }
        if let Some(cell) = &mut found.cell {
            cell.bounded(&values, &bounds, query.center);
        }
        found
    }

    /// Whether a metric at a point leaves out held-out samples of forgotten classes.
    fn leaves_out(&self, experiment: usize, point: Point, metric: &Metric) -> bool {
        let mut found = false;
        if self.left_out {
            metric.formula.leaves(&mut |m, other| {
                let leaf = self.leaf(experiment, point, m, other);
                found |= leaf.is_some_and(|n| !n.left_out.is_empty());
            });
        }
        found
    }

    /// A metric of the means of its leaves over some points.
    fn of_means(&self, experiment: usize, points: &[Point], metric: &Metric) -> Option<f64> {
        let mean = |m: &Measured, other: Option<&str>| {
            let values = points.iter().map(|p| self.leaf(experiment, *p, m, other).map(|n| n.value));
            let values = values.collect::<Option<Vec<f64>>>().filter(|v| !v.is_empty())?;
            Some(values.iter().sum::<f64>() / values.len() as f64)
        };
        metric.formula.evaluate(&mean).filter(|v| v.is_finite())
    }

    /// The values of points in pairs: those that differ from a point in nothing but what `same` leaves out.
    #[must_use]
    pub fn pairs(
        &self,
        (query, metric): (&Query, &Metric),
        (other, other_metric): (&Query, &Metric),
    ) -> Option<Vec<(f64, f64)>> {
        let side = |query: &Query, metric: &Metric| -> Option<HashMap<Vec<String>, f64>> {
            let experiment = self.experiment(query.experiment);
            let holds = |p: &&Point| query.filter.as_ref().is_none_or(|f| experiment.keeps(f, **p));
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
            open.extend(self.plan.graph.get(key).map(|s| s.spec.inputs()).unwrap_or_default());
        }
        None
    }
}
