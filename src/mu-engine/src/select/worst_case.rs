//! The worst-case forget set by bi-level optimisation (Fan, Liu, Hero, Liu, ECCV 2024).
//!
//! Each round runs the weighted method from its start (signSGD, whose derivative is zero almost everywhere, so
//! that dθ/dw vanishes and the upper gradient is g_i = ℓ_i(θ(w)) + 2γ·w_i), takes every training sample's loss in
//! evaluation mode without augmentation, and moves w by a projected gradient step.

use mu_step::{Failure, FailureKind, SelectSpec, WorstCase};
use mu_store::Draft;
use serde::Serialize;

use super::projection::{project, top};
use crate::artefact::{write_json, write_npy};
use crate::data::Dataset;
use crate::draw::Draws;
use crate::measure::outputs;
use crate::run_step::{Context, Progress};
use crate::torch;
use crate::unlearn::{Interpreter, Membership, start, weights};

/// A round of the log.
#[derive(Clone, Copy, Debug, Serialize)]
struct Round {
    round: usize,
    /// Σ w_i ℓ_i + γ w_i² before the step.
    objective: f64,
    /// Jaccard overlap of the chosen set with the round before.
    overlap: f64,
    seconds: f64,
}

/// Positions among the training samples, ascending; writes `weights.npy` and `rounds.json` beside.
pub(crate) fn select(
    spec: &SelectSpec,
    worst: &WorstCase,
    m: usize,
    draws: Draws,
    context: &Context,
    draft: &Draft,
    progress: &Progress,
) -> Result<Vec<usize>, Failure> {
    let data = Dataset::open(spec.data, spec.split, &worst.view, context)?;
    let n = data.training.len();
    let mut chosen = super::random(n, m, draws);
    let mut w = vec![0.0; n];
    chosen.iter().for_each(|p| w[*p] = 1.0);
    let mut rounds = Vec::new();
    let original = worst.original.map(|key| weights(key, context)).transpose()?;
    for round in 0..worst.rounds {
        let begun = std::time::Instant::now();
        let mut network = start(&worst.procedure, original.as_ref(), &worst.graph, draws, context.device)?;
        let membership = Membership::weighted(&data, &w);
        let mut say = |done: usize, of: usize, note: String| {
            progress.say(
                round * of.max(1) + done,
                worst.rounds * of.max(1),
                format!("round {}, {note}", round + 1),
            );
        };
        let interpreter = Interpreter::new(&data, membership, Vec::new(), draws, &mut say)?;
        interpreter.run(&worst.procedure, &mut network, original.as_ref())?;
        let logits = outputs(&network, &data.train, &data.training).map_err(|e| torch::failed(&e))?;
        let loss = losses(&logits, &data).map_err(|e| torch::failed(&e))?;
        if loss.iter().any(|l| !l.is_finite()) {
            let message = format!("a loss is not finite in round {}", round + 1);
            return Err(Failure::new(FailureKind::Diverged, message));
        }
        let objective = w.iter().zip(&loss).map(|(w, l)| w * l + worst.gamma * w * w).sum();
        let sign = if worst.reverse { -1.0 } else { 1.0 };
        let moved: Vec<f64> =
            w.iter().zip(&loss).map(|(w, l)| w - worst.step * (sign * l + 2.0 * worst.gamma * w)).collect();
        w = project(&moved, m as f64);
        let next = top(&w, m);
        let overlap = jaccard(&chosen, &next);
        chosen = next;
        rounds.push(Round { round, objective, overlap, seconds: begun.elapsed().as_secs_f64() });
    }
    write_npy(draft, "weights.npy", &w)?;
    write_json(draft, "rounds.json", &rounds)?;
    Ok(chosen)
}

/// Cross-entropy of every training sample, in float64.
fn losses(logits: &tch::Tensor, data: &Dataset) -> Result<Vec<f64>, tch::TchError> {
    let index = tch::Tensor::from_slice(&data.training).f_to_device(data.train.device())?;
    let labels = data.train.labels.f_index_select(0, &index)?.f_unsqueeze(1)?;
    let log_p = logits.f_log_softmax(-1, tch::Kind::Double)?;
    let each = log_p.f_gather(1, &labels, false)?.f_squeeze_dim(1)?.f_neg()?;
    Vec::<f64>::try_from(each.f_to_device(tch::Device::Cpu)?)
}

/// |a ∩ b| / |a ∪ b| of two ascending sets.
fn jaccard(a: &[usize], b: &[usize]) -> f64 {
    let both = a.iter().filter(|x| b.binary_search(x).is_ok()).count();
    both as f64 / (a.len() + b.len() - both) as f64
}
