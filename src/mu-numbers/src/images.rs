//! What people should know of denoisers' numbers: how good their judge is, whether the original model learned anything, and what an
//! untrained condition is.

use std::collections::{HashMap, HashSet};

use mu_check::{Coord, Point, Program};
use mu_plan::{Plan, Targets};
use mu_step::artefact::{Answers, Judged};
use mu_step::{Action, Procedure, Set, Start, StepKey, StepSpec, UnlearnSpec};
use mu_store::Store;

use crate::Unwell;

/// An original model whose images are recognised less often than this has not learned its conditions.
const RECOGNISED: f64 = 0.5;

/// What judges say in a plan, as far as it is in the store.
pub(crate) fn read(plan: &Plan, store: &Store) -> HashMap<StepKey, Judged> {
    let judges = plan.graph.iter().filter(|(_, s)| matches!(s.spec, StepSpec::Judge(_)));
    judges.filter_map(|(key, _)| Some((key, store.peek(key)?))).collect()
}

/// The models of some points that have not learned their conditions, each once, in words.
pub(crate) fn warnings(
    program: &Program,
    plan: &Plan,
    judged: &HashMap<StepKey, Judged>,
    index: usize,
    points: &[Point],
) -> Vec<String> {
    let mut seen = HashSet::new();
    let of = |key: StepKey| unwell(program, plan, key, judged.get(&key)?);
    let keys = beside(program, plan, index, points).into_iter().filter(|key| seen.insert(*key));
    keys.filter_map(of).map(|unwell| unwell.text).collect()
}

/// What is wanted of some points beside their numbers.
fn beside(program: &Program, plan: &Plan, index: usize, points: &[Point]) -> Vec<StepKey> {
    let Some((targets, experiment)) = plan.targets.get(index).zip(program.experiments.get(index)) else {
        return Vec::new();
    };
    points.iter().filter_map(|p| targets.beside.get(&experiment.index(*p))).flatten().copied().collect()
}

/// What is to be said of the denoisers of some points, each once: how right their judge is, and what was never trained.
pub(crate) fn remarks(
    program: &Program,
    plan: &Plan,
    judged: &HashMap<StepKey, Judged>,
    index: usize,
    points: &[Point],
) -> Vec<String> {
    let experiment = program.experiments.get(index);
    let Some(generative) = experiment.and_then(|e| e.generative.as_ref()) else { return Vec::new() };
    let (mut texts, mut seen) = (Vec::new(), HashSet::new());
    for key in beside(program, plan, index, points) {
        let Some(StepSpec::Judge(spec)) = plan.graph.get(key).map(|s| &s.spec) else { continue };
        let Some(found) = judged.get(&key).filter(|_| spec.generated.is_none()) else { continue };
        if seen.insert(spec.model) {
            let (right, n) = counts(found);
            let label = plan.label(program, spec.model);
            let label = if label.is_empty() { String::new() } else { format!(", {label}") };
            texts.push(format!(
                "the judge is right on {} of {n} test images ({}{label}): it says no more of generated ones",
                percent(right, n),
                generative.label
            ));
        }
    }
    if let Some(targets) = plan.targets.get(index) {
        texts.extend(untrained(program, plan, targets, judged, index, points));
    }
    texts
}

/// What a judge says of the images of an original model, where it hardly recognises them.
pub(crate) fn unwell(program: &Program, plan: &Plan, key: StepKey, judged: &Judged) -> Option<Unwell> {
    let StepSpec::Judge(spec) = &plan.graph.get(key)?.spec else { return None };
    let StepSpec::Generate(images) = &plan.graph.get(spec.generated?)?.spec else { return None };
    let original = match &plan.graph.get(images.model)?.spec {
        StepSpec::Train(_) | StepSpec::Load(_) => images.model,
        // The original model under another name.
        StepSpec::Unlearn(made) if made.procedure.start == Start::Original && made.procedure.is_idle() => {
            made.original?
        }
        _ => return None,
    };
    let (right, n) = counts(judged);
    if n == 0 || right as f64 >= RECOGNISED * n as f64 {
        return None;
    }
    let label = plan.label(program, original);
    let label = if label.is_empty() { String::new() } else { format!(" ({label})") };
    let text = format!(
        "the original model{label} has not learned its conditions: the judge recognises {} of its {n} images",
        percent(right, n)
    );
    Some(Unwell { model: original, text })
}

/// What is to be said of methods that train a fresh model without the forgotten conditions.
fn untrained(
    program: &Program,
    plan: &Plan,
    targets: &Targets,
    judged: &HashMap<StepKey, Judged>,
    index: usize,
    points: &[Point],
) -> Option<String> {
    let experiment = program.experiments.get(index)?;
    let mut names: Vec<String> = Vec::new();
    for p in points {
        let Some(made) = targets.made.get(&experiment.index(*p)) else { continue };
        let forgotten = judged.get(&made.infer).is_some_and(|found| found.forget.samples() > 0);
        let Some(StepSpec::Unlearn(spec)) = plan.graph.get(made.model).map(|s| &s.spec) else { continue };
        if forgotten && is_untrained(spec) {
            let axis = experiment.axis("unlearn");
            let on = axis.and_then(|axis| Some(Coord { axis, at: experiment.position(*p, axis)? }));
            let name = on.map_or_else(|| "the method".to_owned(), |coord| experiment.label(coord).to_owned());
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    let verb = if names.len() == 1 { "was" } else { "were" };
    (!names.is_empty()).then(|| {
        format!(
            "{} {verb} never trained on the forgotten conditions: their embeddings are as drawn, and say nothing of the class",
            names.join(", ")
        )
    })
}

fn is_untrained(spec: &UnlearnSpec) -> bool {
    spec.procedure.start == Start::Scratch && !spec.procedure.is_idle() && !sees_forget(&spec.procedure)
}

fn sees_forget(procedure: &Procedure) -> bool {
    fn of(action: &Action) -> bool {
        let own = match action {
            Action::Repeat(repeat) => {
                repeat.streams.iter().flat_map(|s| &s.over).any(|portion| portion.set == Set::Forget)
            }
            Action::Program(_) => true,
            _ => false,
        };
        own || action.inner().iter().any(of)
    }
    procedure.actions.iter().any(of)
}

fn counts(judged: &Judged) -> (usize, usize) {
    let parts: [&Answers; 2] = [&judged.forget, &judged.retain];
    (parts.iter().map(|a| a.right).sum(), parts.iter().map(|a| a.samples()).sum())
}

fn percent(right: usize, n: usize) -> String {
    format!("{:.1} %", 100.0 * right as f64 / n.max(1) as f64)
}

#[cfg(test)]
mod tests {
    use mu_step::artefact::{Answers, Judged};

    use super::{counts, percent};

    #[test]
    fn a_judge_is_as_right_as_on_both_parts() {
        let part =
            |right, classes: Vec<usize>| Answers { right, loss: 0.1, predicted: classes.clone(), classes };
        let judged = Judged { forget: part(9, vec![10, 0]), retain: part(88, vec![0, 90]) };
        assert_eq!(counts(&judged), (97, 100));
        assert_eq!(percent(97, 100), "97.0 %");
        assert_eq!(percent(0, 0), "0.0 %");
    }
}
