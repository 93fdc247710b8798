//! Parameter sets → tensors and masks.

use mu_step::ParameterSet;
use tch::{Kind, TchError, Tensor};

use super::entries::Entries;
use super::interpret::Interpreter;
use crate::nn::Network;

impl<'g> Interpreter<'_, 'g> {
    /// The tensors and masks of a set, at this moment.
    pub(super) fn entries(&mut self, set: &ParameterSet, network: &Network<'g>) -> Result<Entries, TchError> {
        let plain = |set: &ParameterSet| -> Entries {
            let named = network.graph().parameters(set).unwrap_or_default();
            named.into_iter().map(|name| (name, None)).collect()
        };
        Ok(match set {
            ParameterSet::Moving => self.moving.as_ref().map_or_else(|| plain(&ParameterSet::All), copy),
            ParameterSet::Some { tensors, of } => {
                let all = self.entries(of, network)?;
                self.choices += 1;
                let mut chosen = self.draws.stream("some tensors", self.choices).permutation(all.len());
                chosen.truncate(*tensors);
                chosen.sort_unstable();
                copy(
                    &chosen
                        .into_iter()
                        .map(|i| (all[i].0.clone(), all[i].1.as_ref().map(Tensor::shallow_clone)))
                        .collect(),
                )
            }
            ParameterSet::Union { of } => {
                let mut all: Entries = Vec::new();
                for part in of {
                    for (name, mask) in self.entries(part, network)? {
                        match all.iter_mut().find(|(n, _)| *n == name) {
                            Some((_, have)) => {
                                *have = match (have.take(), mask) {
                                    (Some(a), Some(b)) => Some(a.f_maximum(&b)?),
                                    _ => None,
                                };
                            }
                            None => all.push((name, mask)),
                        }
                    }
                }
                all
            }
            ParameterSet::Without { of, except } => {
                let (of, except) = (self.entries(of, network)?, self.entries(except, network)?);
                let mut left = Vec::new();
                for (name, mask) in of {
                    match except.iter().find(|(n, _)| *n == name) {
                        None => left.push((name, mask)),
                        Some((_, None)) => {}
                        Some((_, Some(without))) => {
                            let keep = without.f_neg()? + 1.0;
                            let keep = mask.map_or(Ok(keep.shallow_clone()), |m| m.f_mul(&keep))?;
                            left.push((name, Some(keep)));
                        }
                    }
                }
                left
            }
            ParameterSet::Ranked { share, by, of, by_layer, lowest } => {
                let of = self.entries(of, network)?;
                let scores = self.scores(by, &of, network)?;
                rank(of, &scores, *share, *by_layer, *lowest)?
            }
            ParameterSet::Exceeding { times, rank, than, of } => {
                let of = self.entries(of, network)?;
                let rank = self.scores(rank, &of, network)?;
                let than = self.scores(than, &of, network)?;
                exceeding(of, (&rank, &than), *times)?
            }
            layered => plain(layered),
        })
    }
}

pub(super) fn copy(entries: &Entries) -> Entries {
    entries.iter().map(|(n, m)| (n.clone(), m.as_ref().map(Tensor::shallow_clone))).collect()
}

/// What is added to both of two scores: where neither is anything, they are alike.
const LEAST: f64 = 1e-15;

/// Keeps the entries whose score is at least so many times the other one.
fn exceeding(of: Entries, (rank, than): (&[Tensor], &[Tensor]), times: f64) -> Result<Entries, TchError> {
    let one = |((name, mask), (rank, than)): ((String, Option<Tensor>), (&Tensor, &Tensor))| {
        let ratio = rank.f_add_scalar(LEAST)?.f_div(&than.f_add_scalar(LEAST)?)?;
        let chosen = ratio.f_ge(times)?.f_to_kind(rank.kind())?;
        let chosen = mask.map_or(Ok(chosen.shallow_clone()), |mask| mask.f_mul(&chosen))?;
        Ok((name, Some(chosen)))
    };
    of.into_iter().zip(rank.iter().zip(than)).map(one).collect()
}

/// Keeps the highest, or lowest, share of the entries: over all tensors, or in each. Ties go to the first.
fn rank(
    of: Entries,
    scores: &[Tensor],
    share: f64,
    by_layer: bool,
    lowest: bool,
) -> Result<Entries, TchError> {
    let groups: Vec<Vec<usize>> =
        if by_layer { (0..of.len()).map(|i| vec![i]).collect() } else { vec![(0..of.len()).collect()] };
    let mut masks: Vec<Option<Tensor>> = of.iter().map(|_| None).collect();
    for group in groups {
        let mut parts = Vec::new();
        for i in &group {
            let mut score = scores[*i].f_reshape([-1])?;
            if let Some(mask) = &of[*i].1 {
                // What is outside the set comes last.
                let outside = mask.f_reshape([-1])?.f_eq(0.0)?;
                score =
                    score.f_masked_fill(&outside, if lowest { f64::INFINITY } else { f64::NEG_INFINITY })?;
            }
            parts.push(score);
        }
        if parts.is_empty() {
            continue;
        }
        let all = Tensor::f_cat(&parts, 0)?;
        let members = group.iter().try_fold(0.0, |sum, i| match &of[*i].1 {
            Some(mask) => mask.f_sum(Kind::Double)?.f_double_value(&[]).map(|v| sum + v),
            None => Ok(sum + scores[*i].numel() as f64),
        })?;
        let taken = (share * members).round() as i64;
        let order = all.f_argsort_stable(true, 0, !lowest)?.f_narrow(0, 0, taken)?;
        let mask = all.f_zeros_like()?.f_index_fill(0, &order, 1.0)?;
        let mut at = 0;
        for i in group {
            let n = scores[i].numel() as i64;
            masks[i] = Some(mask.f_narrow(0, at, n)?.f_reshape(scores[i].size())?);
            at += n;
        }
    }
    Ok(of.into_iter().zip(masks).map(|((name, _), mask)| (name, mask)).collect())
}
