//! The step `select`: which samples are to be forgotten.

mod choice;
mod file;
mod projection;
mod published;
mod rank;
mod rounds;
mod trials;
mod units;
mod worst_case;

use std::cell::RefCell;
use std::path::Path;

use mu_step::artefact::{FORGET, ForgetList, Notes, TRAINING, VALIDATION};
use mu_step::{Failure, SelectSpec, Selection};
use mu_store::Draft;

use crate::artefact::store_failure;
use crate::context::{Context, Progress};
use crate::data::labels_of;
use crate::draw::Draws;
use choice::Choice;

/// Writes `forget.npy` and `forget.json`: sample numbers of the training part, ascending; and [`NOTES`] where people should know
/// something of the set.
pub(crate) fn select(
    spec: &SelectSpec,
    root: Option<&Path>,
    context: &Context,
    draft: &Draft,
    progress: &Progress,
) -> Result<(), Failure> {
    let training = context.input(spec.split)?.array(TRAINING).map_err(store_failure)?;
    let from = match spec.within {
        Some(key) => context.input(key)?.array(FORGET).map_err(store_failure)?,
        None => training.clone(),
    };
    let gone = match spec.gone {
        Some(key) => context.input(key)?.array(FORGET).map_err(store_failure)?,
        None => Vec::new(),
    };
    let labels = labels_of(spec.data, context)?;
    let draws = Draws { seed: spec.seed, stage: "select" };
    let notes = RefCell::default();
    let mut choice = Choice { context, data: spec.data, training, from, gone, labels, draws, notes };
    let mut forget = match &spec.selection {
        Selection::WorstCase(worst) => {
            choice.from = choice.left(&choice.from);
            worst_case::select(worst, root, &choice, draft)?
        }
        Selection::PublishedWorstCase(worst) => {
            published::select(spec, worst, root, &choice, draft, progress)?
        }
        Selection::Untrained { budget } => {
            let validation = context.input(spec.split)?.array(VALIDATION).map_err(store_failure)?;
            choice.draw(&validation, *budget, "untrained", 0)?
        }
        other => choice.of(other, root)?,
    };
    forget = choice.left(&forget);
    forget.sort_unstable();
    if forget.is_empty() && !choice.gone.is_empty() {
        let message = "this request asks for nothing that the requests before it left";
        return Err(Failure::bad_data(message));
    }
    let left = spec.within.is_some() || forget.iter().any(|i| choice.training.binary_search(i).is_err());
    if forget.is_empty() || (!left && forget.len() + choice.gone.len() >= choice.training.len()) {
        let message = format!(
            "a forget set of {} out of {} training samples is empty or leaves nothing",
            forget.len() + choice.gone.len(),
            choice.training.len()
        );
        return Err(Failure::bad_data(message));
    }
    let notes = choice.notes.take();
    if !notes.is_empty() {
        notes.iter().for_each(|note| progress.warn(note.clone()));
        draft.record(&Notes(notes)).map_err(store_failure)?;
    }
    draft.array(FORGET, &forget).map_err(store_failure)?;
    draft.record(&ForgetList(forget)).map_err(store_failure)
}
