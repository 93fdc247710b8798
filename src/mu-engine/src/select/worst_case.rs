//! The worst-case forget set by bi-level optimisation (Fan, Liu, Hero, Liu, ECCV 2024).
//!
//! Each round runs the weighted method from its start (signSGD, whose derivative is zero almost everywhere, so
//! that dθ/dw vanishes and the upper gradient is g_u = ℓ_u(θ(w)) + 2γ·w_u), takes every unit's loss in
//! evaluation mode without augmentation, and moves w by a projected gradient step. A unit is a sample, a class or a group;
//! the loss of a class or group is the mean of its samples'.

use std::path::Path;

use mu_step::{Failure, FailureKind, SelectSpec, Unit, WorstCase};
use mu_store::Draft;
use serde::{Deserialize, Serialize};
use tch::{Kind, TchError, Tensor};

use super::projection::{bisect, project, top};
use super::{Choice, bad};
use crate::artefact::{Tensors, write_json, write_npy};
use crate::data::Dataset;
use crate::draw::Draws;
use crate::measure::outputs;
use crate::nn::Network;
use crate::run_step::{Context, Progress};
use crate::torch;
use crate::unlearn::{Interpreter, Keeper, Membership, draws_of, start, weights};

/// The authors' code makes weights binary after so many rounds.
const BINARY_EVERY: usize = 20;

/// A round of the log.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Round {
    round: usize,
    /// Σ w_u ℓ_u + γ w_u² before the step.
    objective: f64,
    /// Jaccard overlap of the chosen units with the round before.
    overlap: f64,
    seconds: f64,
}

/// What was reached, beside the weights.
#[derive(Serialize, Deserialize)]
struct Before {
    chosen: Vec<usize>,
    rounds: Vec<Round>,
}

/// Sample numbers; writes `weights.npy` (one per unit) and `rounds.json` beside.
pub(super) fn select(
    spec: &SelectSpec,
    worst: &WorstCase,
    root: Option<&Path>,
    choice: &Choice<'_>,
    draft: &Draft,
    progress: &Progress,
) -> Result<Vec<i64>, Failure> {
    let context: &Context = choice.context;
    let data = Dataset::open(spec.data, spec.split, &worst.view, context)?;
    let units = units(worst, root, choice)?;
    let count = units.iter().max().map_or(0, |u| u + 1);
    let m = worst.budget.samples(count);
    if m == 0 || m >= count {
        return Err(bad(format!("{m} of {count} units: a forget set must have some and leave some")));
    }
    let mut chosen = choice.draws.stream("random subset", 0).permutation(count);
    chosen.truncate(m);
    chosen.sort_unstable();
    let mut w = indicator(&chosen, count);
    let mut rounds = Vec::new();
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
        let of_samples: Vec<f64> = units.iter().map(|u| w[*u]).collect();
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
        let loss = by_unit(&loss.map_err(|e| torch::failed(&e))?, &units, count);
        if loss.iter().any(|l| !l.is_finite()) {
            let message = format!("a loss is not finite in round {}", round + 1);
            return Err(Failure::new(FailureKind::Diverged, message));
        }
        let objective = w.iter().zip(&loss).map(|(w, l)| w * l + worst.gamma * w * w).sum();
        let sign = if worst.reverse { -1.0 } else { 1.0 };
        let moved: Vec<f64> =
            w.iter().zip(&loss).map(|(w, l)| w - worst.step * (sign * l + 2.0 * worst.gamma * w)).collect();
        w = if worst.faithful { bisect(&moved, m as f64) } else { project(&moved, m as f64) };
        let next = top(&w, m);
        if worst.faithful && (round + 1) % BINARY_EVERY == 0 {
            w = indicator(&next, count);
        }
        let overlap = jaccard(&chosen, &next);
        chosen = next;
        rounds.push(Round { round, objective, overlap, seconds: begun.elapsed().as_secs_f64() });
        if round + 1 < worst.rounds && keeper.is_due() {
            let tensors = Tensors::from([("weights".to_owned(), Tensor::from_slice(&w))]);
            keeper.keep(&Before { chosen: chosen.clone(), rounds: rounds.clone() }, &tensors)?;
        }
    }
    write_npy(draft, "weights.npy", &w)?;
    write_json(draft, "rounds.json", &rounds)?;
    let is_chosen = indicator(&chosen, count);
    let of_chosen = |(_, unit): &(&i64, &usize)| is_chosen[**unit] > 0.5;
    Ok(data.training.iter().zip(&units).filter(of_chosen).map(|(i, _)| *i).collect())
}

/// The unit of each training sample: 0, 1, ….
fn units(worst: &WorstCase, root: Option<&Path>, choice: &Choice<'_>) -> Result<Vec<usize>, Failure> {
    let numbers: Vec<i64> = match &worst.by {
        Unit::Sample => return Ok((0..choice.training.len()).collect()),
        Unit::Class => choice.training.iter().map(|i| choice.label(*i)).collect(),
        Unit::Group(of) => {
            let all = choice.grouping(of, root)?;
            choice.training.iter().map(|i| all[*i as usize]).collect()
        }
    };
    let mut distinct = numbers.clone();
    distinct.sort_unstable();
    distinct.dedup();
    Ok(numbers.iter().map(|n| distinct.partition_point(|d| d < n)).collect())
}

fn indicator(chosen: &[usize], count: usize) -> Vec<f64> {
    let mut w = vec![0.0; count];
    chosen.iter().for_each(|p| w[*p] = 1.0);
    w
}

/// The mean loss of each unit's samples.
fn by_unit(loss: &[f64], units: &[usize], count: usize) -> Vec<f64> {
    let (mut sums, mut sizes) = (vec![0.0; count], vec![0usize; count]);
    for (loss, unit) in loss.iter().zip(units) {
        sums[*unit] += loss;
        sizes[*unit] += 1;
    }
    sums.iter().zip(sizes).map(|(sum, n)| sum / n.max(1) as f64).collect()
}

/// Cross-entropy of samples, in float64.
fn losses(logits: &Tensor, data: &Dataset, samples: &[i64]) -> Result<Vec<f64>, TchError> {
    let index = Tensor::from_slice(samples).f_to_device(data.train.device())?;
    let labels = data.train.labels.f_index_select(0, &index)?.f_unsqueeze(1)?;
    let log_p = logits.f_log_softmax(-1, Kind::Double)?;
    let each = log_p.f_gather(1, &labels, false)?.f_squeeze_dim(1)?.f_neg()?;
    Vec::<f64>::try_from(each.f_to_device(tch::Device::Cpu)?)
}

/// As the authors' code takes them: in shuffled, augmented batches, in training mode, whose statistics move on.
fn losses_as_in_training(
    network: &Network<'_>,
    data: &Dataset,
    draws: Draws,
    round: usize,
    worst: &WorstCase,
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

/// |a ∩ b| / |a ∪ b| of two ascending sets.
fn jaccard(a: &[usize], b: &[usize]) -> f64 {
    let both = a.iter().filter(|x| b.binary_search(x).is_ok()).count();
    both as f64 / (a.len() + b.len() - both) as f64
}
