//! Parameter sets → tensors and masks.

use mu_step::{LayerKind, ParameterSet, Part, Score};
use tch::{Kind, TchError, Tensor};

use super::interpret::Interpreter;
use crate::nn::Network;

/// Tensors by name, each with the mask (0 or 1) of the entries that belong to the set; all of them without one.
pub(super) type Entries = Vec<(String, Option<Tensor>)>;

/// A tensor that moves.
pub(super) struct Moving {
    pub(super) name: String,
    pub(super) tensor: Tensor,
    /// 1 where it may move.
    pub(super) mask: Option<Tensor>,
    /// What its gradient is multiplied by.
    pub(super) factor: Option<Tensor>,
}

/// The layers of the sets that speak of layers.
pub(super) fn layers(network: &Network<'_>, set: &ParameterSet) -> Vec<Part> {
    let all = network.graph().parts();
    let heavy = |part: &&Part| matches!(part.kind, Some(LayerKind::Conv | LayerKind::Linear));
    let places: Vec<usize> = all.iter().enumerate().filter(|(_, n)| heavy(n)).map(|(i, _)| i).collect();
    match set {
        ParameterSet::Last { layers } => {
            let from = places.len().saturating_sub(*layers);
            all[places.get(from).copied().unwrap_or(all.len())..].to_vec()
        }
        ParameterSet::First { layers } => {
            let to = places.get(*layers).copied().unwrap_or(all.len());
            all[..to].to_vec()
        }
        ParameterSet::Kind { layer } => all.into_iter().filter(|part| part.kind == Some(*layer)).collect(),
        _ => all,
    }
}

/// Whether a name fits a pattern in which `*` stands for anything.
fn fits(pattern: &str, name: &str) -> bool {
    let Some((first, others)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let mut parts = others.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    true
}

impl<'g> Interpreter<'_, 'g> {
    /// The tensors and masks of a set, at this moment.
    pub(super) fn entries(&mut self, set: &ParameterSet, network: &Network<'g>) -> Result<Entries, TchError> {
        let plain = |layers: Vec<Part>| -> Entries {
            let tensors = layers.into_iter().flat_map(|part| part.tensors);
            tensors.filter(|t| !t.statistic).map(|t| (t.name, None)).collect()
        };
        Ok(match set {
            ParameterSet::Named { pattern } => plain(layers(network, &ParameterSet::All))
                .into_iter()
                .filter(|(name, _)| fits(pattern, name))
                .collect(),
            ParameterSet::Moving => {
                self.moving.as_ref().map_or_else(|| plain(layers(network, &ParameterSet::All)), copy)
            }
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
            layered => plain(layers(network, layered)),
        })
    }

    fn scores(&mut self, by: &Score, of: &Entries, network: &Network<'g>) -> Result<Vec<Tensor>, TchError> {
        match by {
            Score::Magnitude => of.iter().map(|(n, _)| network.tensors[n].detach().f_abs()).collect(),
            Score::Gradient { loss, batch } => {
                let names: Vec<&str> = of.iter().map(|(n, _)| n.as_str()).collect();
                self.mean_gradient(loss, *batch, &names, network)?.iter().map(Tensor::f_abs).collect()
            }
        }
    }
}

fn copy(entries: &Entries) -> Entries {
    entries.iter().map(|(n, m)| (n.clone(), m.as_ref().map(Tensor::shallow_clone))).collect()
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

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn stars_stand_for_anything() {
        assert!(
            fits("layer4.*", "layer4.0.conv1.weight")
                && fits("*.bias", "fc.bias")
                && fits("fc.bias", "fc.bias")
        );
        assert!(fits("layer*.conv1.*", "layer2.0.conv1.weight"));
        assert!(fits("*.weight", "a.weight.weight") && !fits("*.weight", "a.weight.bias"));
        assert!(
            !fits("layer4.*", "layer3.0.conv1.weight")
                && !fits("fc", "fc.bias")
                && !fits("*.bias", "fc.weight")
        );
    }
}
