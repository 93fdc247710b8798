//! Steps as files: what is given to another scheduler, and run there without the program's text.

use std::collections::HashMap;

use indexmap::IndexMap;
use mu_check::Point;
use mu_plan::{Part, Place, Plan, Step};
use mu_step::{Job, StepKey};
use serde::{Deserialize, Serialize};

/// Steps that one process of another scheduler runs, inputs before what needs them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Task {
    /// The steps, each with what it is called.
    pub jobs: Vec<(Job, String)>,
}

/// Tasks that do not wait for each other.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Batch {
    /// The tasks.
    pub tasks: Vec<Task>,
}

impl Task {
    /// Its steps as a plan, and their keys in order.
    #[must_use]
    pub fn plan(&self) -> (Plan, Vec<StepKey>) {
        let point = Point { data: 0, model: 0, train: 0, forget: 0, unlearn: 0, seed: 0 };
        let place = Place { experiment: 0, point, part: Part::Data };
        let step =
            |job: &Job| Step { spec: job.spec.clone(), root: job.root.clone(), place, flops: job.flops };
        let steps: IndexMap<StepKey, Step> = self.jobs.iter().map(|(job, _)| (job.key, step(job))).collect();
        let keys = steps.keys().copied().collect();
        (Plan { steps, targets: Vec::new() }, keys)
    }
}

impl Batch {
    /// Missing steps as batches, each after the one before it, of so many tasks at most that take about as long as each other.
    #[must_use]
    pub fn of(
        plan: &Plan,
        missing: &[StepKey],
        most: usize,
        cost: &dyn Fn(StepKey) -> f64,
        label: &dyn Fn(&Step) -> String,
    ) -> Vec<Batch> {
        // A step's depth: one more than that of the deepest of its missing inputs.
        let mut depths: HashMap<StepKey, usize> = HashMap::new();
        let mut levels: Vec<Vec<StepKey>> = Vec::new();
        for key in missing {
            let inputs = plan.steps[key].spec.inputs();
            let depth = inputs.iter().filter_map(|i| depths.get(i)).max().map_or(0, |d| d + 1);
            depths.insert(*key, depth);
            if levels.len() <= depth {
                levels.resize(depth + 1, Vec::new());
            }
            levels[depth].push(*key);
        }
        let job = |key: &StepKey| {
            let step = &plan.steps[key];
            let job = Job {
                key: *key,
                spec: step.spec.clone(),
                root: step.root.clone(),
                flops: step.flops,
                prefixes: Vec::new(),
            };
            (job, format!("{} {}", step.spec.word(), label(step)))
        };
        levels
            .into_iter()
            .map(|mut level| {
                // The longest first, each to the task that has least to do.
                level.sort_by(|a, b| cost(*b).total_cmp(&cost(*a)));
                let mut tasks = vec![(0.0_f64, Task::default()); most.clamp(1, level.len())];
                for key in &level {
                    let least = tasks.iter_mut().min_by(|a, b| a.0.total_cmp(&b.0));
                    if let Some((load, task)) = least {
                        *load += cost(*key).max(1e-9);
                        task.jobs.push(job(key));
                    }
                }
                Batch { tasks: tasks.into_iter().map(|(_, task)| task).collect() }
            })
            .collect()
    }
}
