//! Steps as files: what is given to another scheduler, and run there without the program's text.

use mu_graph::{Graph, Step};
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
    /// Its steps as a graph.
    #[must_use]
    pub fn graph(&self) -> Graph {
        let step = |job: &Job| Step { spec: job.spec.clone(), root: job.root.clone(), flops: job.flops };
        self.jobs.iter().map(|(job, _)| (job.key, step(job))).collect()
    }
}

impl Batch {
    /// Missing steps as batches, each after the one before it, of so many tasks at most that take about as long as each other.
    /// `label` says in words what a step belongs to.
    #[must_use]
    pub fn of(
        graph: &Graph,
        missing: &[StepKey],
        most: usize,
        cost: &dyn Fn(StepKey) -> f64,
        label: &dyn Fn(StepKey) -> String,
    ) -> Vec<Batch> {
        let job = |key: &StepKey| {
            let step = &graph[*key];
            let job = Job {
                key: *key,
                spec: step.spec.clone(),
                root: step.root.clone(),
                flops: step.flops,
                prefixes: Vec::new(),
            };
            (job, format!("{} {}", step.spec.word(), label(*key)))
        };
        graph
            .levels(missing)
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
