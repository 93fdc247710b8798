//! The worst-case forget set by bi-level optimisation, with the published update (Fan, Liu, Hero, Liu, ECCV 2024).
//!
//! Each round runs the weighted method from its start (signSGD, whose derivative is zero almost everywhere, so
//! that dθ/dw vanishes and the upper gradient is g_u = ℓ_u(θ(w)) + 2γ·w_u), takes every unit's loss in
//! evaluation mode without augmentation, and moves w by a projected gradient step. A unit is a sample, a class or a group;
//! the loss of a class or group is the mean of its samples'.

use std::path::Path;

use mu_step::artefact::{Round, Rounds, WEIGHTS};
use mu_step::{Failure, FailureKind, PublishedWorstCase, SelectSpec};
use mu_store::Draft;
use serde::{Deserialize, Serialize};
use tch::{TchError, Tensor};

use super::choice::Choice;
use super::projection::{bisect, project};
use super::rank::{Ties, ascending};
use super::rounds::{jaccard, verdicts};
use super::units::Units;
use crate::artefact::{Tensors, store_failure};
use crate::context::{Context, Progress};
use crate::data::{self, Dataset};
use crate::draw::Draws;
use crate::measure::{cross_entropy, outputs};
use crate::nn::Network;
use crate::torch;
use crate::unlearn::{Interpreter, Keeper, Membership, draws_of, start, weights};

/// The authors' code makes weights binary after so many rounds.
const BINARY_EVERY: usize = 20;

/// What was reached, beside the weights.
#[derive(Serialize, Deserialize)]
struct Before {
    /// The sets of all rounds so far; the first is the start.
    chosen: Vec<Vec<usize>>,
    rounds: Vec<Round>,
}

/// Sample numbers; writes `weights.npy` (one per unit) and `rounds.json` beside.
pub(super) fn select(
    spec: &SelectSpec,
    worst: &PublishedWorstCase,
    root: Option<&Path>,
    choice: &Choice<'_>,
    draft: &Draft,
    progress: &Progress,
) -> Result<Vec<i64>, Failure> {
    let context: &Context = choice.context;
    let data = data::open(spec.data, spec.split, &worst.view, context)?;
    let units = Units::new(&worst.by, &choice.training, root, choice)?;
    let count = units.count();
    let m = worst.budget.samples(count);
    if m == 0 || m >= count {
        return Err(Failure::bad_data(format!(
            "{m} of {count} units: a forget set must have some and leave some"
        )));
    }
    // A stream of its own: the start must not be the random set of the same seed.
    let mut start_set = choice.draws.stream("worst-case start", 0).permutation(count);
    start_set.truncate(m);
    start_set.sort_unstable();
    let mut w = indicator(&start_set, count);
    let mut chosen = vec![start_set];
    let ties = Ties::draw(choice.draws, count);
    let all: Vec<usize> = (0..count).collect();
    let mut rounds: Vec<Round> = Vec::new();
    let original = worst.original.map(|key| weights(key, context)).transpose()?;
    // Rounds that an earlier process ran: weights, chosen units and log are all that the rest depends on.
    let mut keeper = Keeper::new(&context.store, progress.key(), context.every);
    if let Some((before, tensors)) = keeper.open::<Before>(tch::Device::Cpu)
        && let Some(Ok(kept)) = tensors.get("weights").map(Vec::<f64>::try_from)
    {
        (w, chosen, rounds) = (kept, before.chosen, before.rounds);
    }
    for round in rounds.len()..worst.rounds {
        let begun = std::time::Instant::now();
        let draws = Draws { stage: "select", ..draws_of(&worst.procedure, spec.seed) };
        let mut network = start(&worst.procedure, original.as_ref(), &worst.graph, draws, context.device)?;
        let of_samples: Vec<f64> = units.of_samples().iter().map(|u| w[*u]).collect();
        let membership = Membership::weighted(&data, &of_samples);
        let mut say = |done: usize, of: usize, note: String| {
            progress.say(
                round * of.max(1) + done,
                worst.rounds * of.max(1),
                format!("round {}, {note}", round + 1),
            );
        };
        let interpreter = Interpreter::new(&data, membership, Vec::new(), draws, &mut say)?;
        interpreter.run(&worst.procedure, &mut network, original.as_ref())?;
        let loss = match worst.faithful {
            true => losses_as_in_training(&network, &data, draws, round, worst),
            false => {
                outputs(&network, &data.train, &data.training).and_then(|l| losses(&l, &data, &data.training))
            }
        };
        let loss = units.means(&loss.map_err(|e| torch::failed(&e))?);
        if loss.iter().any(|l| !l.is_finite()) {
            let message = format!("a loss is not finite in round {}", round + 1);
            return Err(Failure::new(FailureKind::Diverged, message));
        }
        let objective = w.iter().zip(&loss).map(|(w, l)| w * l + worst.gamma * w * w).sum();
        w = upper(&w, &loss, [worst.step, worst.gamma], worst.reverse, |moved| match worst.faithful {
            true => bisect(moved, m as f64),
            false => project(moved, m as f64),
        });
        let mut next = ascending(&all, |u| -w[u], &ties);
        next.truncate(m);
        next.sort_unstable();
        if worst.faithful && (round + 1) % BINARY_EVERY == 0 {
            w = indicator(&next, count);
        }
        let with = |back: usize| chosen.len().checked_sub(back).map_or(0.0, |at| jaccard(&chosen[at], &next));
        rounds.push(Round {
            round,
            objective,
            overlap_start: jaccard(&chosen[0], &next),
            overlap: with(1),
            overlap_before: with(2),
            seconds: begun.elapsed().as_secs_f64(),
        });
        chosen.push(next);
        if round + 1 < worst.rounds && keeper.is_due() {
            let tensors = Tensors::from([("weights".to_owned(), Tensor::from_slice(&w))]);
            keeper.keep(&Before { chosen: chosen.clone(), rounds: rounds.clone() }, &tensors)?;
        }
    }
    draft.array(WEIGHTS, &w).map_err(store_failure)?;
    choice.notes.borrow_mut().extend(verdicts(&rounds, true, m as f64 / count as f64));
    draft.record(&Rounds(rounds)).map_err(store_failure)?;
    let last = chosen.pop().unwrap_or_default();
    Ok(units.samples(&choice.training, &last))
}

/// A step of the upper level: w moves down the gradient ℓ + 2γ·w by `step`, up that of −ℓ where the easiest set is sought, and is
/// projected.
fn upper(
    w: &[f64],
    losses: &[f64],
    [step, gamma]: [f64; 2],
    reverse: bool,
    project: impl Fn(&[f64]) -> Vec<f64>,
) -> Vec<f64> {
    let sign = if reverse { -1.0 } else { 1.0 };
    let moved = w.iter().zip(losses).map(|(w, l)| w - step * (sign * l + 2.0 * gamma * w));
    project(&moved.collect::<Vec<f64>>())
}

fn indicator(chosen: &[usize], count: usize) -> Vec<f64> {
    let mut w = vec![0.0; count];
    chosen.iter().for_each(|p| w[*p] = 1.0);
    w
}

/// Cross-entropy of samples, in float64.
fn losses(logits: &Tensor, data: &Dataset, samples: &[i64]) -> Result<Vec<f64>, TchError> {
    let index = Tensor::from_slice(samples).f_to_device(data.train.device())?;
    cross_entropy(logits, &data.train.labels.f_index_select(0, &index)?)
}

/// As the authors' code takes them: in shuffled, augmented batches, in training mode, whose statistics move on.
fn losses_as_in_training(
    network: &Network<'_>,
    data: &Dataset,
    draws: Draws,
    round: usize,
    worst: &PublishedWorstCase,
) -> Result<Vec<f64>, TchError> {
    let n = data.training.len();
    let batch = worst.procedure.batch().unwrap_or(256);
    let order = draws.stream("upper order", round).permutation(n);
    let augmentation = data.train.draw(Draws { stage: "upper", ..draws }, round, n)?;
    let mut all = vec![0.0; n];
    for (at, chunk) in order.chunks(batch).enumerate() {
        let samples: Vec<i64> = chunk.iter().map(|p| data.training[*p]).collect();
        let index = Tensor::from_slice(&samples).f_to_device(data.train.device())?;
        let images = data.train.batch(&index, augmentation.as_ref().map(|a| (a, (at * batch) as i64)))?;
        let logits = tch::no_grad(|| network.forward(&images, true))?;
        for (position, loss) in chunk.iter().zip(losses(&logits, data, &samples)?) {
            all[*position] = loss;
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both bisect to 1e-5; sums of float32 are taken in another order, at the scale of the step.
    const FAR: f64 = 2e-4;

    /// A run of the authors' own `optimize_select` and `bisection` (`tests/parity/make_worst_case.py`).
    #[derive(Deserialize)]
    struct Theirs {
        budget: usize,
        step: f64,
        gamma: f64,
        reverse: bool,
        start: Vec<f64>,
        losses: Vec<Vec<f64>>,
        weights: Vec<Vec<f64>>,
    }

    #[test]
    fn the_upper_level_is_the_authors_own() {
        let text = include_str!("../../../../tests/parity/fixtures/worst_case.json");
        let all: Vec<Theirs> = serde_json::from_str(text).unwrap();
        assert_eq!(all.len(), 5);
        for theirs in all {
            let mut w = theirs.start;
            for (round, (losses, wants)) in theirs.losses.iter().zip(&theirs.weights).enumerate() {
                let m = theirs.budget as f64;
                w = upper(&w, losses, [theirs.step, theirs.gamma], theirs.reverse, |v| bisect(v, m));
                let far = w.iter().zip(wants).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
                let at = format!("step {}, reverse {}, round {round}", theirs.step, theirs.reverse);
                assert!(far < FAR, "{at}: {far}");
                w.clone_from(wants);
            }
        }
    }
}
