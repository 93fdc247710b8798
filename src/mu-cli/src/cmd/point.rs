//! What a command's `EXPERIMENT[axis=value, ..]` stands for in a plan.

use mu_step::{StepKey, StepSpec, UnlearnSpec};

use crate::load::Loaded;

/// The step that makes a point's model: among all that its numbers come from, the one that runs the point's method.
pub(crate) fn unlearning<'l>(
    loaded: &'l Loaded,
    what: &str,
) -> Result<(StepKey, &'l UnlearnSpec), (String, String)> {
    let (experiment, p) = super::explain::point(&loaded.checked, what)?;
    let index = loaded.checked.program.experiments.iter().position(|e| e.name == experiment.name);
    let procedure = &experiment.unlearn[p.unlearn].value[p.train].procedure;
    let find = || {
        let targets = loaded.plan.targets.get(index?)?;
        let mut open = targets.keys.get(&experiment.index(p))?.clone();
        while let Some(key) = open.pop() {
            let step = loaded.plan.steps.get(&key)?;
            match &step.spec {
                StepSpec::Unlearn(spec) if spec.procedure == *procedure => return Some((key, spec)),
                spec => open.extend(spec.inputs()),
            }
        }
        None
    };
    find().ok_or_else(|| {
        let help = "a tuned parameter has its value only once that was chosen; `mu plan` shows the points";
        (format!("the plan has no model for {what}"), help.to_owned())
    })
}
