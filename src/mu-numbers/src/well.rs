//! What a step's object says of models, while steps run.

use mu_check::Program;
use mu_plan::Plan;
use mu_step::{StepKey, StepSpec};
use mu_store::Store;

use crate::{Unwell, health, images};

/// What a step's object, if it is one that says something of models, says of those whose numbers mean little.
#[must_use]
pub fn unwell(program: &Program, plan: &Plan, store: &Store, key: StepKey) -> Vec<Unwell> {
    match plan.graph.get(key).map(|s| &s.spec) {
        Some(StepSpec::Infer(_)) => {
            store.peek(key).map(|found| health::judge(program, plan, key, &found)).unwrap_or_default()
        }
        Some(StepSpec::Judge(_)) => {
            let found = store.peek(key).and_then(|found| images::unwell(program, plan, key, &found));
            found.into_iter().collect()
        }
        _ => Vec::new(),
    }
}
