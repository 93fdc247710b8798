//! A plan as text.

use std::collections::HashSet;
use std::fmt::Write;

use mu_check::Program;
use mu_graph::Step;
use mu_step::{StepKey, StepSpec};

use crate::Plan;

/// Axes, points, and per stage how many steps there are, how many the store has, and how many will run; where steps are to be
/// listed, each with a word on what it will take.
#[must_use]
pub fn render(
    program: &Program,
    plan: &Plan,
    has: &dyn Fn(StepKey) -> bool,
    steps: Option<&dyn Fn(&Step) -> String>,
) -> String {
    let mut out = String::new();
    for (index, experiment) in program.experiments.iter().enumerate() {
        let _ = writeln!(out, "experiment {}", experiment.name);
        for axis in &experiment.axes {
            let tuned = if axis.tuned { "  (tuned)" } else { "" };
            let _ = writeln!(
                out,
                "  {:<14} {:>4}  {}{tuned}",
                axis.name,
                axis.labels.len(),
                shorten(&axis.labels)
            );
        }
        let _ = writeln!(out, "  {:<14} {:>4}", "points", experiment.size());
        networks(experiment, &mut out);
        for limit in &experiment.limits {
            let _ = writeln!(out, "  limit {}", limit.text);
        }
        for undecided in plan.targets.get(index).iter().flat_map(|t| &t.undecided) {
            let (axis, group) = (&experiment.axes[undecided.axis].name, &undecided.group);
            let why = if undecided.missing == 0 { "no candidate could be run" } else { "to be tuned first" };
            let _ = writeln!(out, "  {axis} of {group}: {why}");
        }
        out.push('\n');
    }
    let missing = plan.missing(has);
    let _ = writeln!(out, "{:<10} {:>6} {:>9} {:>8}", "stage", "steps", "in store", "to run");
    let missing: HashSet<StepKey> = missing.into_iter().collect();
    let mut total = [0; 3];
    let mut counts = [[0; 3]; StepSpec::STAGES.len()];
    for (key, step) in plan.graph.iter() {
        let Some(stage) = StepSpec::STAGES.iter().position(|s| *s == step.spec.word()) else { continue };
        let adds = [1, usize::from(has(key)), usize::from(missing.contains(&key))];
        counts[stage].iter_mut().zip(adds).for_each(|(c, a)| *c += a);
    }
    for (stage, counts) in StepSpec::STAGES.iter().zip(counts).filter(|(_, counts)| counts[0] > 0) {
        total.iter_mut().zip(counts).for_each(|(t, c)| *t += c);
        let _ = writeln!(out, "{stage:<10} {:>6} {:>9} {:>8}", counts[0], counts[1], counts[2]);
    }
    let _ = writeln!(out, "{:<10} {:>6} {:>9} {:>8}", "in all", total[0], total[1], total[2]);
    let flops: f64 = missing.iter().filter_map(|k| plan.graph.get(*k)).map(|s| s.flops).sum();
    let trainings = |s: &Step| matches!(s.spec, StepSpec::Train(_) | StepSpec::Unlearn(_));
    let count = missing.iter().filter_map(|k| plan.graph.get(*k)).filter(|s| trainings(s)).count();
    if flops > 0.0 {
        let _ = writeln!(
            out,
            "\ncost: {count} trainings, about {flops:.1e} operations in convolutions and linear layers"
        );
        if let Some(alone) = unshared(plan) {
            let all = plan.graph.iter().filter(|(_, s)| trainings(s)).count();
            let _ = writeln!(out, "{all} trainings serve all points; a script per point would run {alone}");
        }
    }
    if let Some(said) = steps {
        out.push('\n');
        for (key, step) in plan.graph.iter() {
            let state = if has(key) {
                "stored"
            } else if missing.contains(&key) {
                "to run"
            } else {
                "not needed"
            };
            let _ = writeln!(
                out,
                "{}",
                format!(
                    "{}  {:<10} {:<8} {}  {}",
                    key.short(),
                    state,
                    step.spec.word(),
                    plan.label(program, key),
                    if state == "to run" { said(step) } else { String::new() }
                )
                .trim_end()
            );
        }
    }
    out
}

/// What the networks of an experiment cost, each once.
fn networks(experiment: &mu_check::Experiment, out: &mut String) {
    const MOST: usize = 12;
    let mut seen = Vec::new();
    for model in &experiment.model {
        for (graph, data) in model.value.iter().zip(&experiment.data) {
            let label: Vec<&str> =
                model.coords.iter().chain(&data.coords).map(|c| experiment.label(*c)).collect();
            let line = format!("  network {:<12} {}\n", label.join(" "), graph.footprint());
            if !seen.contains(&line) && seen.len() < MOST {
                out.push_str(&line.replace("network              ", "network        "));
                seen.push(line);
            }
        }
    }
}

/// Trainings if every point ran all that it needs itself; not counted for plans that are too large to walk point by point.
fn unshared(plan: &Plan) -> Option<usize> {
    const MOST_POINTS: usize = 20_000;
    let points = || plan.targets.iter().flat_map(|t| t.keys.values());
    if points().count() > MOST_POINTS {
        return None;
    }
    let mut sum = 0;
    for keys in points() {
        let mut seen = HashSet::new();
        let mut open = keys.clone();
        while let Some(key) = open.pop() {
            let Some(step) = plan.graph.get(key).filter(|_| seen.insert(key)) else { continue };
            sum += usize::from(matches!(step.spec, StepSpec::Train(_) | StepSpec::Unlearn(_)));
            open.extend(step.spec.inputs());
        }
    }
    Some(sum)
}

fn shorten(labels: &[String]) -> String {
    match labels {
        [first, second, .., last] if labels.len() > 12 => format!("{first}, {second}, …, {last}"),
        _ => labels.join(", "),
    }
}
