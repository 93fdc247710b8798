//! From a point and a metric to its number, or to why there is none.

use std::collections::HashMap;

use mu_check::{Experiment, Metric, Point, Program};
use mu_plan::Plan;
use mu_step::{Failure, StepKey};
use mu_store::Store;

/// The numbers of a plan that are in the store, read and verified once.
pub struct Measurements<'a> {
    program: &'a Program,
    plan: &'a Plan,
    values: HashMap<StepKey, Option<f64>>,
    failures: HashMap<StepKey, Failure>,
}

/// A number, or why there is none.
pub(crate) enum Outcome {
    Value(f64),
    Failed(Failure),
    Missing,
}

#[derive(serde::Deserialize)]
struct Number {
    value: f64,
}

impl<'a> Measurements<'a> {
    /// Reads what the store has; a damaged number counts as missing.
    #[must_use]
    pub fn read(program: &'a Program, plan: &'a Plan, store: &Store) -> Self {
        let read = |key| {
            store.get(key).ok().flatten().and_then(|o| o.json::<Number>("value.json").ok()).map(|n| n.value)
        };
        let values = plan.target_keys().map(|key| (key, read(key))).collect();
        let failures = plan.steps.keys().filter_map(|k| store.failure(*k).map(|f| (*k, f))).collect();
        Self { program, plan, values, failures }
    }

    pub(crate) fn experiment(&self, index: usize) -> &'a Experiment {
        &self.program.experiments[index]
    }

    pub(crate) fn outcome(&self, experiment: usize, point: Point, metric: &Metric) -> Outcome {
        let grid = self.experiment(experiment);
        let Some(targets) = self.plan.targets.get(experiment) else { return Outcome::Missing };
        let key = |measured, other: Option<&str>| {
            let point = other.map_or(Some(point), |method| grid.sibling(point, method))?;
            targets.key(grid.index(point), measured)
        };
        let value = metric.formula.evaluate(&|m, other| self.values.get(&key(m, other)?).copied().flatten());
        if let Some(value) = value {
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

    /// The failure of a step, or of what it needs.
    fn failure(&self, key: StepKey) -> Option<Failure> {
        if self.values.get(&key).is_some_and(Option::is_some) {
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
