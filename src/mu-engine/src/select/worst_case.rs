//! A round of the worst-case forget set by fictitious play (the objective: Fan, Liu, Hero, Liu, ECCV 2024; fictitious play: Brown,
//! 1951).
//!
//! The lower level makes a model without a set; the upper level answers with the set whose loss is smallest. The upper level's
//! objective, Σ w_u ℓ_u over 0 ≤ w ≤ 1 and Σw = m, is linear in w. So the exact answer is the m units of smallest loss, without a
//! step size. A round answers the mean loss over all models so far, the original model's included: one model's losses are noisy,
//! and answers to the last model alone may alternate. Every round is a step of its own, and so is every model.
//!
//! What the set is judged by is the loss of a model made without it. So the loss of a sample that a round's model was made without
//! counts three times. Classes and groups are judged by such models only: `trials.rs`.

use std::path::Path;
use std::time::Instant;

use mu_step::artefact::{FORGET, LEFT_OUT_LOSSES, LOSSES, Round, Rounds, Trial, Trials};
use mu_step::{Failure, SelectionUnit, StepKey, WorstCase};
use mu_store::Draft;

use super::choice::Choice;
use super::rank::{Ties, ascending};
use super::rounds::{found_late, jaccard, verdicts};
use super::trials::Search;
use super::units::Units;
use crate::artefact::store_failure;
use crate::measure::Outputs;

/// How often the loss of a model that was made without the sample counts. Measured: 1 leaves large sets of a network that does not
/// fit its training data a quarter easier, 10 and more gain nothing over 3 and lose on small sets.
const LEFT_OUT_COUNTS: f64 = 3.0;

/// Sample numbers. Writes `losses.npy` (of each training sample) and `rounds.json` beside; and `left_out_losses.npy` where samples
/// are chosen, `trials.json` where classes or groups are.
pub(super) fn select(
    worst: &WorstCase,
    root: Option<&Path>,
    choice: &Choice<'_>,
    draft: &Draft,
) -> Result<Vec<i64>, Failure> {
    let begun = Instant::now();
    let units = Units::new(&worst.by, &choice.from, root, choice)?;
    let sets = worst.sets.iter().map(|key| Ok(units.of_set(&choice.from, &set_of(*key, choice)?)));
    let sets = sets.collect::<Result<Vec<_>, Failure>>()?;
    let newest = Outputs::training_losses(worst.infer, choice.context)?;
    let before = worst.sets.last().map(|key| choice.context.input(*key)).transpose()?;
    let (mut sums, mut rounds) = match &before {
        None => (vec![0.0; newest.len()], Vec::new()),
        Some(before) => {
            let Rounds(rounds) = before.record().map_err(store_failure)?;
            (before.array(LOSSES).map_err(store_failure)?, rounds)
        }
    };
    sums.iter_mut().zip(&newest).for_each(|(sum, loss)| *sum += loss);
    let state = State { worst, choice, draft, units: &units, sets: &sets, newest: &newest, sums: &sums };
    let chosen = match worst.by {
        SelectionUnit::Sample => state.samples()?,
        SelectionUnit::Class | SelectionUnit::Group(_) => state.classes_or_groups()?,
    };

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
        choice.notes.borrow_mut().extend(match worst.by {
            SelectionUnit::Sample => verdicts(&rounds, false, chosen.len() as f64 / units.count() as f64),
            // These rounds look for what they do not know, so that sets of two rounds need not be alike.
            SelectionUnit::Class | SelectionUnit::Group(_) => {
                Vec::from_iter(found_late(&sets, &chosen, units.count()))
            }
        });
    }
    draft.array(LOSSES, &sums).map_err(store_failure)?;
    draft.record(&Rounds(rounds)).map_err(store_failure)?;
    Ok(units.samples(&choice.from, &chosen))
}

/// What a round knows.
struct State<'a> {
    worst: &'a WorstCase,
    choice: &'a Choice<'a>,
    draft: &'a Draft,
    units: &'a Units,
    /// The units of the sets so far.
    sets: &'a [Vec<usize>],
    /// Of each training sample: the loss under the newest model.
    newest: &'a [f64],
    /// The sum over all models so far.
    sums: &'a [f64],
}

impl State<'_> {
    /// The samples of the least mean loss.
    fn samples(&self) -> Result<Vec<usize>, Failure> {
        let choice = self.choice;
        let mut left_out = vec![0.0; self.newest.len()];
        if let Some(key) = self.worst.sets.last() {
            left_out = choice.context.input(*key)?.array(LEFT_OUT_LOSSES).map_err(store_failure)?;
            let set = set_of(*key, choice)?;
            for ((sum, loss), sample) in left_out.iter_mut().zip(self.newest).zip(&choice.training) {
                if set.binary_search(sample).is_ok() {
                    *sum += loss;
                }
            }
        }
        self.draft.array(LEFT_OUT_LOSSES, &left_out).map_err(store_failure)?;
        let (all, without) = (of_from(self.sums, choice), of_from(&left_out, choice));
        let mut times = vec![0.0; all.len()];
        self.sets.iter().flatten().for_each(|unit| times[*unit] += 1.0);
        let models = (self.sets.len() + 1) as f64;
        let more = LEFT_OUT_COUNTS - 1.0;
        let mean = |unit: usize| (all[unit] + more * without[unit]) / (models + more * times[unit]);
        let mean: Vec<f64> = (0..self.units.count()).map(mean).collect();
        answer(&mean, self.worst, self.units, choice)
    }

    /// The classes or groups that this round tries, or the hardest that were tried in the last round.
    fn classes_or_groups(&self) -> Result<Vec<usize>, Failure> {
        let choice = self.choice;
        let Trials(mut trials) = match self.worst.sets.last() {
            Some(key) => choice.context.input(*key)?.record().map_err(store_failure)?,
            None => Trials::default(),
        };
        if let Some(set) = self.sets.last() {
            let losses = self.units.means(&of_from(self.newest, choice));
            trials.push(Trial { units: set.clone(), losses: set.iter().map(|unit| losses[*unit]).collect() });
        }
        let count = self.units.count();
        let m = size(self.worst, count, "units")?;
        let search = Search::new(&trials, count, m, self.worst.reverse);
        self.draft.record(&Trials(trials)).map_err(store_failure)?;
        if self.worst.last
            && let Some(hardest) = search.hardest()
        {
            return Ok(hardest);
        }
        let sign = if self.worst.reverse { -1.0 } else { 1.0 };
        let prior: Vec<f64> =
            self.units.means(&of_from(self.sums, choice)).iter().map(|sum| sign * sum).collect();
        let ties = Ties::draw(choice.draws, count);
        Ok(search.next(&prior, &ties, choice.draws, self.sets.len()))
    }
}

/// The samples of a set.
fn set_of(key: StepKey, choice: &Choice<'_>) -> Result<Vec<i64>, Failure> {
    choice.context.input(key)?.array(FORGET).map_err(store_failure)
}

/// How many of some units a set has.
fn size(worst: &WorstCase, of: usize, what: &str) -> Result<usize, Failure> {
    let m = worst.budget.samples(of);
    if m == 0 || m >= of {
        return Err(Failure::bad_data(format!(
            "{m} of {of} {what}: a forget set must have some and leave some"
        )));
    }
    Ok(m)
}

/// The numbers of the samples that may be chosen, of those of all training samples.
fn of_from(numbers: &[f64], choice: &Choice<'_>) -> Vec<f64> {
    let all = choice.training.iter().zip(numbers);
    all.filter(|(i, _)| choice.from.binary_search(i).is_ok()).map(|(_, number)| *number).collect()
}

/// The samples of smallest loss, or of largest where the easiest set is sought; ascending.
fn answer(
    losses: &[f64],
    worst: &WorstCase,
    units: &Units,
    choice: &Choice<'_>,
) -> Result<Vec<usize>, Failure> {
    let ties = Ties::draw(choice.draws, units.count());
    let sign = if worst.reverse { -1.0 } else { 1.0 };
    let best = |of: &[usize], what: &str| -> Result<Vec<usize>, Failure> {
        let m = size(worst, of.len(), what)?;
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
        best(&(0..units.count()).collect::<Vec<_>>(), "samples")?
    };
    chosen.sort_unstable();
    Ok(chosen)
}
