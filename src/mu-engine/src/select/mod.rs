//! The step `select`: which samples are to be forgotten.

mod projection;
mod worst_case;

use mu_step::{Failure, FailureKind, SelectSpec, Selection};
use mu_store::Draft;

use crate::artefact::{read_index, write_npy};
use crate::draw::Draws;
use crate::run_step::{Context, Progress};

/// Writes `forget.npy`: sample numbers of the training part, ascending.
pub(crate) fn select(
    spec: &SelectSpec,
    context: &Context,
    draft: &Draft,
    progress: &Progress,
) -> Result<(), Failure> {
    let training = read_index(&context.input(spec.split)?, "train.npy")?;
    let draws = Draws { seed: spec.seed, stage: "select" };
    let budget = match &spec.selection {
        Selection::Random { budget } => *budget,
        Selection::WorstCase(w) => w.budget,
    };
    let m = budget.samples(training.len());
    if m == 0 || m >= training.len() {
        let message = format!(
            "a forget set of {m} out of {} training samples is empty or leaves nothing",
            training.len()
        );
        return Err(Failure::new(FailureKind::BadData, message));
    }
    let positions = match &spec.selection {
        Selection::Random { .. } => random(training.len(), m, draws),
        Selection::WorstCase(worst) => worst_case::select(spec, worst, m, draws, context, draft, progress)?,
    };
    let forget: Vec<i64> = positions.into_iter().map(|p| training[p]).collect();
    write_npy(draft, "forget.npy", &forget)
}

/// A uniform m-subset of 0..n, ascending.
fn random(n: usize, m: usize, draws: Draws) -> Vec<usize> {
    let mut positions = draws.stream("random subset", 0).permutation(n);
    positions.truncate(m);
    positions.sort_unstable();
    positions
}
