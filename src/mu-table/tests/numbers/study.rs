//! Studies for unit tests: a program on the digits, its plan, and a store with the numbers that a test makes up.

use std::path::PathBuf;

use mu_check::{Coord, Experiment, Files, Measured, Point, Program};
use mu_diag::Problem;
use mu_plan::{DataFacts, Known, Plan};
use mu_step::artefact::Value;
use mu_step::{Facts, Failure, FailureKind, LayerGraph, ListOf, Module, SourceKind, StepKey, View, Wanted};
use mu_store::{Begin, Meta, Store};

use mu_numbers::Measurements;

/// What there is of a measured number.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Given {
    Value(f64),
    /// It stopped at a limit: the true one is at least this.
    AtLeast(f64),
    /// Held-out samples of a class are left out of it.
    LeftOut(f64),
    Failed(&'static str),
    Missing,
}

struct NoFiles;

impl Files for NoFiles {
    fn read(&self, path: &str) -> Result<String, String> {
        Err(path.to_owned())
    }
    fn join(&self, _: &str, spec: &str) -> String {
        spec.to_owned()
    }
}

/// Every data set is as large as the digits, and no file is there.
struct Digits;

fn gone<T>(path: &str) -> Result<T, Problem> {
    Err(Problem::new(format!("{path} is gone"), ""))
}

impl DataFacts for Digits {
    fn facts(&self, _: &SourceKind, _: Option<&str>) -> Result<Facts, Problem> {
        Ok(Facts::of(1797, None))
    }
    fn place(&self, path: &str) -> PathBuf {
        path.into()
    }
    fn list(&self, path: &str, _: ListOf) -> Result<String, Problem> {
        gone(path)
    }
    fn module(&self, path: &str) -> Result<(String, Module), Problem> {
        gone(path)
    }
    fn program(&self, path: &str, _: bool) -> Result<String, Problem> {
        gone(path)
    }
    fn checkpoint(
        &self,
        path: &str,
        _: Wanted<'_>,
        _: &LayerGraph,
        _: &View,
    ) -> Result<(String, Vec<String>), Problem> {
        gone(path)
    }
}

/// A point of an experiment, with its positions by name.
pub(crate) struct At<'e> {
    experiment: &'e Experiment,
    point: Point,
}

impl At<'_> {
    /// Its position on an axis; empty where it has none.
    pub(crate) fn label(&self, axis: &str) -> &str {
        let Some(axis) = self.experiment.axis(axis) else { return "" };
        self.experiment.position(self.point, axis).map_or("", |at| self.experiment.label(Coord { axis, at }))
    }

    pub(crate) fn seed(&self) -> usize {
        self.label("seed").parse().unwrap_or(0)
    }
}

/// A program with numbers.
pub(crate) struct Study {
    pub(crate) program: Program,
    pub(crate) plan: Plan,
    pub(crate) store: Store,
    _folder: tempfile::TempDir,
}

fn put(store: &Store, plan: &Plan, key: StepKey, given: Given) {
    let value = |value| Value { value, samples: 10, capped: false, left_out: Vec::new() };
    let value = match given {
        Given::Missing => return,
        Given::Failed(why) => {
            let failure = Failure::new(FailureKind::Diverged, why);
            return store.record_failure(key, &failure).unwrap();
        }
        Given::Value(v) => value(v),
        Given::AtLeast(v) => Value { capped: true, ..value(v) },
        Given::LeftOut(v) => Value { left_out: vec![3], ..value(v) },
    };
    let Begin::Draft(draft) = store.begin(key).unwrap() else { return };
    draft.record(&value).unwrap();
    let spec = serde_json::to_value(&plan.graph.get(key).unwrap().spec).unwrap();
    let meta = serde_json::json!({ "spec": spec, "mu": "test", "environment": {}, "seconds": 1.0 });
    draft.commit(serde_json::from_value::<Meta>(meta).unwrap()).unwrap();
}

impl Study {
    /// Checks and plans a program, and puts a number in the store for every one that it measures; twice, so that what is tuned is
    /// chosen.
    pub(crate) fn new(text: &str, given: &dyn Fn(&At<'_>, &Measured) -> Given) -> Self {
        let checked = mu_check::check(&NoFiles, "study.mu", text);
        assert!(!checked.has_errors(), "{:?}", checked.diagnostics);
        let program = checked.program;
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let known = |key| match mu_numbers::measured(&store, key) {
            Some(value) => Known::Value(value),
            None if store.failure(key).is_some() => Known::Failed,
            None => Known::Missing,
        };
        let mut plan = Plan::default();
        for _ in 0..2 {
            plan = mu_plan::plan(&program, &Digits, &known).0;
            for (experiment, targets) in program.experiments.iter().zip(&plan.targets) {
                for (combination, keys) in &targets.keys {
                    let at = At { experiment, point: experiment.point(*combination) };
                    for (measured, key) in targets.measured.iter().zip(keys) {
                        put(&store, &plan, *key, given(&at, measured));
                    }
                }
            }
        }
        Self { program, plan, store, _folder: folder }
    }

    pub(crate) fn measurements(&self) -> Measurements<'_> {
        Measurements::read(&self.program, &self.plan, &self.store)
    }
}
