//! What a command's `EXPERIMENT[axis=value, ..]` stands for in a plan.

use mu_check::{Experiment, Point};
use mu_plan::{Made, Targets};
use mu_step::{StepSpec, UnlearnSpec};

use crate::load::Loaded;

/// The steps of a point, and what its method was told.
pub(crate) fn made<'l>(loaded: &'l Loaded, what: &str) -> Result<(Made, &'l UnlearnSpec), (String, String)> {
    let (experiment, p) = super::explain::point(&loaded.checked, what)?;
    let experiments = &loaded.checked.program.experiments;
    let targets = experiments.iter().position(|e| e.name == experiment.name);
    let targets = targets.and_then(|index| loaded.plan.targets.get(index));
    let find = || {
        let targets = targets?;
        let p = chosen(experiment, targets, p, what).unwrap_or(p);
        let made = *targets.made.get(&experiment.index(p))?;
        match &loaded.plan.graph.get(made.model)?.spec {
            StepSpec::Unlearn(spec) => Some((made, spec)),
            _ => None,
        }
    };
    find().ok_or_else(|| {
        let help = "a tuned parameter has its value only once that was chosen; `mu plan` shows the points";
        (format!("the plan has no model for {what}"), help.to_owned())
    })
}

/// The point with tuned parameters at their chosen values: `None` where nothing is tuned, where what is asked for names such a
/// parameter, or where the choice is still open.
pub(crate) fn chosen(experiment: &Experiment, targets: &Targets, p: Point, what: &str) -> Option<Point> {
    let tuned = |axis: usize| experiment.tunes.iter().any(|t| t.axis == axis);
    let named = experiment.tunes.iter().any(|t| what.contains(&experiment.axes[t.axis].name));
    if experiment.tunes.is_empty() || named || !targets.undecided.is_empty() {
        return None;
    }
    let same = |other: &&Point| {
        let mut fixed = experiment.coords(p).filter(|c| !tuned(c.axis));
        fixed.all(|c| experiment.position(**other, c.axis) == Some(c.at))
    };
    targets.points.iter().find(same).copied()
}
