//! What people should know of forget sets: ties of scores, worst cases that have not settled.

use std::collections::{HashMap, HashSet};

use mu_check::{Point, Program};
use mu_plan::{Part, Plan, RequestedBy};
use mu_step::StepKey;
use mu_step::artefact::{Notes, Record};
use mu_store::Store;

/// So many are named below a table.
const NAMED: usize = 4;

/// The notes of a plan's forget sets, as far as they are in the store.
pub(crate) fn read(program: &Program, plan: &Plan, store: &Store) -> HashMap<StepKey, Vec<String>> {
    let sets: HashSet<StepKey> = plan.made(program).map(|(_, _, made)| made.forget).collect();
    sets.into_iter().filter_map(|key| Some((key, store.peek::<Notes>(key)?.0))).collect()
}

/// What is to be said of the forget sets of some points, each once.
pub(crate) fn remarks(
    program: &Program,
    plan: &Plan,
    notes: &HashMap<StepKey, Vec<String>>,
    experiment: usize,
    points: &[Point],
) -> Vec<String> {
    let Some(targets) = plan.targets.get(experiment).filter(|_| !notes.is_empty()) else { return Vec::new() };
    let mut seen = HashSet::new();
    let mut texts = Vec::new();
    for point in points {
        let made = targets.made.get(&program.experiments[experiment].index(*point));
        let Some(key) = made.map(|made| made.forget).filter(|key| seen.insert(*key)) else { continue };
        let part = plan.requested_by(key).map_or(Part::Selected, |by| by.part);
        let label = RequestedBy { experiment, point: *point, part }.label(program);
        let label = if label.is_empty() { String::new() } else { format!(" ({label})") };
        texts.extend(
            notes.get(&key).into_iter().flatten().map(|note| format!("the forget set{label}: {note}")),
        );
    }
    let more = texts.len().saturating_sub(NAMED);
    texts.truncate(NAMED);
    if more > 0 {
        texts.push(format!(
            "so it is with {more} more forget sets: their steps' `{}` says it of each",
            Notes::FILE
        ));
    }
    texts
}
