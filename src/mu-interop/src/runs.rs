//! A study as runs with parameters, numbers and curves, for programs that other people look at theirs with.

use mu_check::{Bound, Program};
use mu_numbers::{Measurements, Outcome};
use mu_plan::Plan;
use mu_step::StepKey;
use mu_step::artefact::{Epoch, Log};
use mu_store::Store;

/// A point of an experiment.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Its experiment.
    pub experiment: String,
    /// `forget=worst unlearn=ft seed=0`
    pub name: String,
    /// Its position on each axis.
    pub parameters: Vec<(String, String)>,
    /// Its measured numbers, and how the true ones stand to them.
    pub metrics: Vec<(String, f64, Bound)>,
    /// The epochs of its method.
    pub epochs: Vec<Epoch>,
    /// When its model was made, seconds since 1970.
    pub made: u64,
    /// The key of the step that made its model.
    pub key: Option<StepKey>,
}

/// The numbers of an epoch by their names.
pub(crate) fn numbers(epoch: Epoch) -> impl Iterator<Item = (&'static str, f64)> {
    let all = [("loss", Some(epoch.loss)), ("accuracy", epoch.accuracy), ("lr", Some(epoch.lr))];
    all.into_iter().filter_map(|(name, value)| Some((name, value?)))
}

/// Every point that is reported, with what is known of it.
#[must_use]
pub fn runs(program: &Program, plan: &Plan, store: &Store) -> Vec<Run> {
    let measurements = Measurements::read(program, plan, store);
    let mut runs = Vec::new();
    for (index, experiment) in program.experiments.iter().enumerate() {
        for point in measurements.points(index).iter().copied() {
            let coords = experiment.coords(point);
            let parameters: Vec<(String, String)> = coords
                .map(|c| (experiment.axes[c.axis].name.clone(), experiment.label(c).to_owned()))
                .collect();
            let mut metrics = Vec::new();
            for metric in &experiment.measure {
                if let Outcome::Value(value) = measurements.outcome(index, point, metric) {
                    let bound = measurements.bound(index, point, metric);
                    metrics.push((metric.name.clone(), value, bound));
                }
            }
            let targets = plan.targets.get(index);
            let model = targets.and_then(|t| t.made.get(&experiment.index(point))).map(|made| made.model);
            let object = model.and_then(|key| store.get(key).ok().flatten());
            let Log(log) = object.as_ref().and_then(|o| o.record().ok()).unwrap_or_default();
            let name: Vec<String> = parameters.iter().map(|(a, v)| format!("{a}={v}")).collect();
            runs.push(Run {
                experiment: experiment.name.clone(),
                name: name.join(" "),
                parameters,
                metrics,
                epochs: log,
                made: object.map_or(0, |o| o.meta.made),
                key: model,
            });
        }
    }
    runs
}
