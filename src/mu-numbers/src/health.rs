//! Models whose numbers mean little: they learned nothing, answer one class only, or are what the method started from.

use std::collections::{HashMap, HashSet};

use mu_check::{Experiment, Forget, Point, Program};
use mu_plan::Plan;
use mu_step::artefact::{Answers, Health};
use mu_step::{Budget, InferSpec, Kernel, Selection, Start, StepKey, StepSpec};
use mu_store::Store;
use statrs::distribution::{Binomial, DiscreteCDF};

/// A model that knows nothing does worse than the bound that chance stays below with this probability.
const SURE: f64 = 0.999;
/// A mean loss of at least this share of ln(classes) says that the outputs hardly depend on the image.
const HARDLY: f64 = 0.99;
/// Of a model that has collapsed, this share of the answers is one class.
const COLLAPSED: f64 = 0.999;
/// Logits that differ by no more than this share of the original's largest are the original's.
const UNCHANGED: f64 = 1e-6;
/// So many are named below a table.
const NAMED: usize = 6;

/// A model whose numbers mean little, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unwell {
    /// The step that made it.
    pub model: StepKey,
    /// Which it is and what is wrong with it, with the numbers.
    pub text: String,
}

/// The outputs of a plan's models, as far as they are in the store.
pub(crate) fn read(plan: &Plan, store: &Store) -> HashMap<StepKey, Health> {
    let infers = plan.graph.iter().filter(|(_, s)| matches!(s.spec, StepSpec::Infer(_)));
    infers.filter_map(|(key, _)| Some((key, store.peek(key)?))).collect()
}

/// What is to be said of the models of some points, each once.
pub(crate) fn remarks(
    program: &Program,
    plan: &Plan,
    health: &HashMap<StepKey, Health>,
    index: usize,
    points: &[Point],
) -> Vec<String> {
    let (mut own, mut shadows) = (Vec::new(), Vec::new());
    let Some(targets) = plan.targets.get(index) else { return Vec::new() };
    let experiment = &program.experiments[index];
    let (mut seen, mut seen_shadows) = (HashSet::new(), HashSet::new());
    for key in points.iter().filter_map(|p| targets.keys.get(&experiment.index(*p))).flatten() {
        let Some(StepSpec::Measure(spec)) = plan.graph.get(*key).map(|s| &s.spec) else { continue };
        let (infer, others) = read_by(&spec.kernel);
        own.extend(infer.filter(|k| seen.insert(*k)));
        shadows.extend(others.into_iter().filter(|k| seen_shadows.insert(*k)));
    }
    for made in points.iter().filter_map(|p| targets.made.get(&experiment.index(*p))) {
        own.extend(chosen_by(plan, made.forget).into_iter().filter(|k| seen.insert(*k)));
    }
    let mut found: Vec<Unwell> = Vec::new();
    for key in own {
        for unwell in health.get(&key).map(|h| judge(program, plan, key, h)).unwrap_or_default() {
            if found.iter().all(|u| u.model != unwell.model) {
                found.push(unwell);
            }
        }
    }
    let more = found.len().saturating_sub(NAMED);
    let mut texts: Vec<String> = found.into_iter().take(NAMED).map(|u| u.text).collect();
    if more > 0 {
        texts.push(format!("so it is with {more} more models: `mu run --format json` names each"));
    }
    let looked: Vec<&Health> = shadows.iter().filter_map(|k| health.get(k)).collect();
    let dead = looked.iter().filter(|h| ignorant(&h.training).is_some()).count();
    if dead > 0 {
        texts.push(format!("{dead} of {} shadow models never learned", looked.len()));
    }
    texts
}

/// The outputs that a measured number is of, and those of its shadow models.
fn read_by(kernel: &Kernel) -> (Option<StepKey>, Vec<StepKey>) {
    match kernel {
        Kernel::Accuracy { infer, .. }
        | Kernel::Calibration { infer, .. }
        | Kernel::Mia { infer, .. }
        | Kernel::Samples { infer, .. } => (Some(*infer), Vec::new()),
        Kernel::Ulira { infer, unlearned, retrained, .. } => {
            (Some(*infer), unlearned.iter().chain(retrained).copied().collect())
        }
        _ => (None, Vec::new()),
    }
}

/// The outputs of original models that a forget set was chosen by: a set that a model chose which knows nothing means nothing, also where
/// no method starts from that model.
fn chosen_by(plan: &Plan, forget: StepKey) -> Vec<StepKey> {
    let (mut found, mut seen, mut open) = (Vec::new(), HashSet::new(), vec![forget]);
    while let Some(key) = open.pop() {
        let Some(step) = plan.graph.get(key).filter(|_| seen.insert(key)) else { continue };
        match &step.spec {
            StepSpec::Infer(spec) => match plan.graph.get(spec.model).map(|s| &s.spec) {
                Some(StepSpec::Load(_)) => found.push(key),
                Some(StepSpec::Train(train)) if train.stop.is_none() => found.push(key),
                _ => {}
            },
            StepSpec::Select(_) | StepSpec::Score(_) => open.extend(step.spec.inputs()),
            _ => {}
        }
    }
    found
}

/// What the outputs of a model say of it, and of the one that it was made from.
pub(crate) fn judge(program: &Program, plan: &Plan, key: StepKey, health: &Health) -> Vec<Unwell> {
    let Some((step, by)) = plan.graph.get(key).zip(plan.requested_by(key)) else { return Vec::new() };
    let StepSpec::Infer(spec) = &step.spec else { return Vec::new() };
    let Some(experiment) = program.experiments.get(by.experiment) else { return Vec::new() };
    let named = |model: StepKey| {
        let label = plan.label(program, model);
        if label.is_empty() { String::new() } else { format!(" ({label})") }
    };
    let original = |key: StepKey, answers: &Answers| {
        let why = ignorant(answers)?;
        Some(Unwell { model: key, text: format!("the original model{} never learned: {why}", named(key)) })
    };
    match plan.graph.get(spec.model).map(|s| &s.spec) {
        Some(StepSpec::Train(_) | StepSpec::Load(_)) => {
            original(spec.model, &health.training).into_iter().collect()
        }
        Some(StepSpec::Unlearn(made)) if made.procedure.is_idle() => {
            match (made.procedure.start, made.original) {
                // The original model under another name.
                (Start::Original, Some(key)) => original(key, &health.training).into_iter().collect(),
                // Fresh weights are to know nothing.
                _ => Vec::new(),
            }
        }
        Some(StepSpec::Unlearn(made)) => {
            let before = made.original.zip(health.original.as_ref());
            if let Some(dead) = before.and_then(|(key, answers)| original(key, answers)) {
                return vec![dead];
            }
            if one_class_is_left(experiment, by.point, health.training.classes.len()) {
                return Vec::new();
            }
            let wrong = unmoved(spec, health)
                .or_else(|| ignorant(&health.training).map(|why| format!("knows nothing: {why}")))
                .or_else(|| collapsed(&health.test));
            let text = wrong.map(|why| format!("the model{} {why}", named(spec.model)));
            text.map(|text| Unwell { model: spec.model, text }).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// Whether what is retained is of one class: then to answer nothing else is right.
fn one_class_is_left(experiment: &Experiment, p: Point, classes: usize) -> bool {
    let forget = experiment.forget.get(p.forget).and_then(|f| f.value.get(p.train));
    matches!(forget, Some(Forget(Selection::Class { classes: gone, budget: Budget::Share(share) }))
        if *share >= 1.0 && gone.len() + 1 >= classes)
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// How a model's answers show that it knows nothing: it is right no more often than by chance, or its loss is that of
/// equal probabilities.
fn ignorant(answers: &Answers) -> Option<String> {
    let n = answers.samples();
    let (_, largest) = Answers::most(&answers.classes)?;
    let classes = answers.classes.iter().filter(|n| **n > 0).count();
    // What is of one class is known without looking.
    if classes < 2 {
        return None;
    }
    let right = answers.right as f64 / n as f64;
    let bound = Binomial::new(largest, n as u64).ok()?.inverse_cdf(SURE) as f64 / n as f64;
    let equal = (classes as f64).ln();
    let by_loss = answers.loss >= HARDLY * equal && right <= 2.0 * largest;
    if right > bound && !by_loss {
        return None;
    }
    let mut text = format!(
        "right on {} of {n} training samples, where always answering the largest class is right on {} and chance stays below {} \
         in {} of cases; mean loss {:.4}, ln({classes}) = {equal:.4}",
        percent(right),
        percent(largest),
        percent(bound),
        percent(SURE),
        answers.loss
    );
    if let Some((class, share)) = Answers::most(&answers.predicted).filter(|(_, s)| *s >= COLLAPSED) {
        text.push_str(&format!("; {} of its answers are class {class}", percent(share)));
    }
    Some(text)
}

/// Where nearly all of a model's answers are one class, and the samples are not.
fn collapsed(answers: &Answers) -> Option<String> {
    let (class, share) = Answers::most(&answers.predicted)?;
    let own = *answers.classes.get(class)? as f64 / answers.samples().max(1) as f64;
    let text = || {
        format!(
            "has collapsed: {} of its answers to {} test samples are class {class}, which {} of them are",
            percent(share),
            answers.samples(),
            percent(own)
        )
    };
    (share >= COLLAPSED && own < 0.9).then(text)
}

/// Where a method left the model as it was.
fn unmoved(spec: &InferSpec, health: &Health) -> Option<String> {
    let change = health.change.filter(|c| spec.original.is_some() && *c <= UNCHANGED)?;
    let change = if change == 0.0 { "0".to_owned() } else { format!("{change:.0e}") };
    Some(format!(
        "is the original: the method changed nothing measurable; over all training, validation and test samples logits \
         differ by at most {change} of the original's largest (up to {UNCHANGED:.0e} counts as none)"
    ))
}

#[cfg(test)]
mod tests {
    use mu_step::artefact::Answers;

    use super::{collapsed, ignorant};

    /// Ten classes of 100 samples each.
    fn answers(right: usize, loss: f64, predicted: Vec<usize>) -> Answers {
        Answers { right, loss, classes: vec![100; 10], predicted }
    }

    #[test]
    fn chance_is_told_from_knowledge() {
        let even = || vec![100; 10];
        assert!(ignorant(&answers(104, 10f64.ln(), even())).is_some());
        // Three standard deviations above a tenth.
        assert!(ignorant(&answers(128, 2.2, even())).is_some());
        assert!(ignorant(&answers(135, 2.2, even())).is_none());
        // Right more often than by chance, but with a loss of equal probabilities.
        assert!(ignorant(&answers(150, 2.301, even())).is_some());
        assert!(ignorant(&answers(400, 2.301, even())).is_none());
        // Sure and wrong is not the same as ignorant.
        assert!(ignorant(&answers(900, 5.0, even())).is_none());
        let one = Answers { right: 0, loss: 0.0, classes: vec![0, 50], predicted: vec![50, 0] };
        assert!(ignorant(&one).is_none());
    }

    #[test]
    fn the_largest_class_is_what_chance_is() {
        let mostly = |right| Answers { right, loss: 0.3, classes: vec![950, 50], predicted: vec![1000, 0] };
        let text = ignorant(&mostly(950)).unwrap_or_default();
        assert!(text.contains("right on 95.0 % of 1000 training samples"), "{text}");
        assert!(text.contains("100.0 % of its answers are class 0"), "{text}");
        assert!(ignorant(&mostly(985)).is_none());
    }

    #[test]
    fn one_answer_to_everything_is_a_collapse() {
        let mut predicted = vec![0; 10];
        predicted[3] = 1000;
        assert!(collapsed(&answers(100, 2.0, predicted)).is_some_and(|t| t.contains("class 3")));
        let mut class_wise = vec![111; 10];
        (class_wise[0], class_wise[1]) = (0, 112);
        assert!(collapsed(&answers(900, 0.3, class_wise)).is_none());
        let skewed = Answers { right: 95, loss: 0.2, classes: vec![95, 5], predicted: vec![100, 0] };
        assert!(collapsed(&skewed).is_none());
    }
}
