//! A round of the worst-case forget set by fictitious play (the objective: Fan, Liu, Hero, Liu, ECCV 2024; fictitious play: Brown,
//! 1951).
//!
//! The lower level makes a model without a set; the upper level answers with the set whose loss is smallest. The upper level's
//! objective, Σ w_u ℓ_u over 0 ≤ w ≤ 1 and Σw = m, is linear in w. So the exact answer is the m units of smallest loss, without a
//! step size. A round answers the mean loss over all models so far, the original model's included: one model's losses are noisy,
//! and answers to the last model alone may alternate. Every round is a step of its own, and so is every model.
//!
//! What the set is judged by is the loss of a model made without it. So the loss of a sample that a round's model was made without
//! counts three times. A class that is left out changes its loss by orders of magnitude. So a class or group that was left out is
//! judged by the models that were made without it, and by no other. The first rounds then try the classes in the order of their
//! losses, and the last round takes the hardest of those that were tried.

use std::path::Path;
use std::time::Instant;

use mu_step::artefact::{FORGET, LEFT_OUT_LOSSES, LOSSES, Round, Rounds};
use mu_step::{Failure, Unit, WorstCase};
use mu_store::Draft;

use super::rank::{Ties, ascending};
use super::rounds::{jaccard, verdicts};
use super::units::Units;
use super::{Choice, bad};
use crate::artefact::store_failure;
use crate::measure::Outputs;

/// How often the loss of a model that was made without the sample counts. Measured: 1 leaves large sets of a network that does not
/// fit its training data a quarter easier, 10 and more gain nothing over 3 and lose on small sets.
const LEFT_OUT_COUNTS: f64 = 3.0;

/// Sample numbers; writes `losses.npy` and `left_out_losses.npy` (for each training sample) and `rounds.json` beside.
pub(super) fn select(
    worst: &WorstCase,
    root: Option<&Path>,
    choice: &Choice<'_>,
    draft: &Draft,
) -> Result<Vec<i64>, Failure> {
    let begun = Instant::now();
    let context = choice.context;
    let units = Units::new(&worst.by, &choice.from, root, choice)?;
    let sets = worst.sets.iter().map(|key| {
        let set = context.input(*key)?.array(FORGET).map_err(store_failure)?;
        Ok(units.of_set(&choice.from, &set))
    });
    let sets = sets.collect::<Result<Vec<_>, Failure>>()?;
    let newest = Outputs::training_losses(worst.infer, context)?;
    let (mut sums, mut left_out, mut rounds) = match worst.sets.last() {
        None => (vec![0.0; newest.len()], vec![0.0; newest.len()], Vec::new()),
        Some(key) => {
            let before = context.input(*key)?;
            let Rounds(rounds) = before.record().map_err(store_failure)?;
            (
                before.array(LOSSES).map_err(store_failure)?,
                before.array(LEFT_OUT_LOSSES).map_err(store_failure)?,
                rounds,
            )
        }
    };
    sums.iter_mut().zip(&newest).for_each(|(sum, loss)| *sum += loss);
    if let Some(key) = worst.sets.last() {
        let set = context.input(*key)?.array(FORGET).map_err(store_failure)?;
        for ((sum, loss), sample) in left_out.iter_mut().zip(&newest).zip(&choice.training) {
            if set.binary_search(sample).is_ok() {
                *sum += loss;
            }
        }
    }
    let (all, without) = (units.means(&of_from(&sums, choice)), units.means(&of_from(&left_out, choice)));
    let models = (sets.len() + 1) as f64;
    let times = |unit: usize| sets.iter().filter(|set| set.binary_search(&unit).is_ok()).count() as f64;
    let tried = |unit: usize| Some(without[unit] / times(unit)).filter(|mean| mean.is_finite());
    let largest = (0..units.count()).filter_map(tried).fold(0.0, f64::max);
    let mean = |unit: usize| {
        let more = LEFT_OUT_COUNTS - 1.0;
        match (&worst.by, tried(unit)) {
            (Unit::Sample, _) => (all[unit] + more * without[unit]) / (models + more * times(unit)),
            (Unit::Class | Unit::Group(_), Some(mean)) => mean,
            // Of one that was never left out nobody knows how hard it is: the last round does not take it, others try it first.
            (Unit::Class | Unit::Group(_), None) => match (worst.last, worst.reverse) {
                (true, true) => f64::NEG_INFINITY,
                (true, false) => f64::INFINITY,
                (false, true) => largest + all[unit] / models,
                (false, false) => all[unit] / models,
            },
        }
    };
    let mean: Vec<f64> = (0..units.count()).map(mean).collect();
    let chosen = answer(&mean, worst, &units, choice)?;

    let losses = units.means(&of_from(&newest, choice));
    let judged = sets.last().unwrap_or(&chosen);
    let with = |set: Option<&Vec<usize>>| set.map_or(0.0, |set| jaccard(&chosen, set));
    rounds.push(Round {
        round: rounds.len(),
        objective: judged.iter().map(|u| losses[*u]).sum::<f64>() / judged.len() as f64,
        overlap_start: with(sets.first().or(Some(&chosen))),
        overlap: with(sets.last()),
        overlap_before: with(sets.iter().rev().nth(1)),
        seconds: begun.elapsed().as_secs_f64(),
    });
    if worst.last {
        let share = chosen.len() as f64 / units.count() as f64;
        choice.notes.borrow_mut().extend(verdicts(&rounds, false, share));
    }
    draft.array(LOSSES, &sums).map_err(store_failure)?;
    draft.array(LEFT_OUT_LOSSES, &left_out).map_err(store_failure)?;
    draft.record(&Rounds(rounds)).map_err(store_failure)?;
    Ok(units.samples(&choice.from, &chosen))
}

/// The numbers of the samples that may be chosen, of those of all training samples.
fn of_from(numbers: &[f64], choice: &Choice<'_>) -> Vec<f64> {
    let all = choice.training.iter().zip(numbers);
    all.filter(|(i, _)| choice.from.binary_search(i).is_ok()).map(|(_, number)| *number).collect()
}

/// The units of smallest loss, or of largest where the easiest set is sought; ascending.
fn answer(
    losses: &[f64],
    worst: &WorstCase,
    units: &Units,
    choice: &Choice<'_>,
) -> Result<Vec<usize>, Failure> {
    let ties = Ties::draw(choice.draws, units.count());
    let sign = if worst.reverse { -1.0 } else { 1.0 };
    let best = |of: &[usize], what: &str| -> Result<Vec<usize>, Failure> {
        let m = worst.budget.samples(of.len());
        if m == 0 || m >= of.len() {
            return Err(bad(format!(
                "{m} of {} {what}: a forget set must have some and leave some",
                of.len()
            )));
        }
        let mut order = ascending(of, |unit| sign * losses[unit], &ties);
        order.truncate(m);
        Ok(order)
    };
    let mut chosen = if worst.per_class {
        let places: std::collections::HashMap<i64, usize> =
            choice.from.iter().enumerate().map(|(unit, sample)| (*sample, unit)).collect();
        let samples = choice.by_class(|class, members| {
            let members: Vec<usize> = members.iter().filter_map(|i| places.get(i).copied()).collect();
            let best = best(&members, &format!("samples of class {class}"))?;
            Ok(best.into_iter().map(|unit| choice.from[unit]).collect())
        })?;
        samples.iter().filter_map(|i| places.get(i).copied()).collect()
    } else {
        best(&(0..units.count()).collect::<Vec<_>>(), "units")?
    };
    chosen.sort_unstable();
    Ok(chosen)
}
