//! A plan as text.

use std::fmt::Write;

use mu_check::Program;
use mu_step::StepKey;

use crate::Plan;

const STAGES: [&str; 7] = ["data", "split", "train", "select", "unlearn", "infer", "measure"];

/// Axes, points, and per stage how many steps there are, how many the store has, and how many will run.
#[must_use]
pub fn render(program: &Program, plan: &Plan, has: &dyn Fn(StepKey) -> bool, steps: bool) -> String {
    let mut out = String::new();
    for experiment in &program.experiments {
        let _ = writeln!(out, "experiment {}", experiment.name);
        for axis in &experiment.axes {
            let _ = writeln!(out, "  {:<14} {:>4}  {}", axis.name, axis.labels.len(), shorten(&axis.labels));
        }
        let _ = writeln!(out, "  {:<14} {:>4}\n", "points", experiment.points());
    }
    let missing = plan.missing(has);
    let _ = writeln!(out, "{:<10} {:>6} {:>9} {:>8}", "stage", "steps", "in store", "to run");
    let mut total = [0; 3];
    for stage in STAGES {
        let of_stage = |key: &StepKey| plan.steps.get(key).is_some_and(|s| s.spec.word() == stage);
        let counts = [
            plan.steps.keys().filter(|k| of_stage(k)).count(),
            plan.steps.keys().filter(|k| of_stage(k) && has(**k)).count(),
            missing.iter().filter(|k| of_stage(k)).count(),
        ];
        total.iter_mut().zip(counts).for_each(|(t, c)| *t += c);
        let _ = writeln!(out, "{stage:<10} {:>6} {:>9} {:>8}", counts[0], counts[1], counts[2]);
    }
    let _ = writeln!(out, "{:<10} {:>6} {:>9} {:>8}", "in all", total[0], total[1], total[2]);
    if steps {
        out.push('\n');
        for (key, step) in &plan.steps {
            let state = if has(*key) {
                "stored"
            } else if missing.contains(key) {
                "to run"
            } else {
                "not needed"
            };
            let _ = writeln!(out, "{}  {:<10} {:<8} {}", key.short(), state, step.spec.word(), step.label);
        }
    }
    out
}

fn shorten(labels: &[String]) -> String {
    match labels {
        [first, second, .., last] if labels.len() > 12 => format!("{first}, {second}, …, {last}"),
        _ => labels.join(", "),
    }
}
