//! Membership inference, as efficacy: an attack learns to tell members (retain samples) from non-members
//! (test or validation samples) on the unlearned model; the score is the share of the forget set that it calls non-member, or
//! how well it tells forget samples from non-members that it has not seen.

use mu_step::{Attack, Feature, Report};

use super::attack::Attacker;
use super::outputs::Outputs;
use super::samples::{Stored, values};
use crate::draw::Draws;

/// What an attack learns from, and what it is asked.
pub(super) struct Sides {
    pub(super) forget: Outputs,
    pub(super) members: Outputs,
    pub(super) others: Outputs,
}

/// The score in percent. Balanced, both classes have as many samples as the smaller of the two sets, drawn by the seed.
pub(super) fn attack(sides: &Sides, attack: &Attack, seed: u64) -> Result<f64, String> {
    let draws = Draws { seed, stage: "evaluate" };
    let (members, mut others) =
        (rows(&sides.members, &attack.feature)?, rows(&sides.others, &attack.feature)?);
    let asked = rows(&sides.forget, &attack.feature)?;
    let mut unseen = Vec::new();
    if attack.report != Report::NonMembers {
        let half = others.len() / 2;
        draws.stream("unseen non-members", 0).shuffle(&mut others);
        unseen = others.split_off(half);
    }
    let (mut inside, mut outside) = (members, others);
    if attack.balance {
        let least = inside.len().min(outside.len());
        for (purpose, rows) in [("members", &mut inside), ("non-members", &mut outside)] {
            if rows.len() > least {
                draws.stream(purpose, 0).shuffle(rows);
                rows.truncate(least);
            }
        }
    }
    if inside.is_empty() || outside.is_empty() || asked.is_empty() {
        return Err("the attack needs samples to forget, members and non-members".to_owned());
    }
    let y: Vec<bool> = (0..inside.len() + outside.len()).map(|i| i < inside.len()).collect();
    inside.extend(outside);
    let attacker = Attacker::fit(&inside, &y, attack.by)?;
    let score = |x: &Vec<f64>| attacker.decision(x);
    Ok(100.0
        * match attack.report {
            Report::NonMembers => {
                asked.iter().filter(|x| score(x) <= 0.0).count() as f64 / asked.len() as f64
            }
            Report::Auc => auc(
                &asked.iter().map(score).collect::<Vec<_>>(),
                &unseen.iter().map(score).collect::<Vec<_>>(),
            ),
            Report::TprAtFpr(rate) => tpr(
                &asked.iter().map(score).collect::<Vec<_>>(),
                &unseen.iter().map(score).collect::<Vec<_>>(),
                rate,
            ),
        })
}

/// The probability that a positive scores above a negative, ties for half.
fn auc(positive: &[f64], negative: &[f64]) -> f64 {
    let mut all: Vec<(f64, bool)> =
        positive.iter().map(|s| (*s, true)).chain(negative.iter().map(|s| (*s, false))).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut sum, mut at) = (0.0, 0.0, 0);
    while at < all.len() {
        let tied = all[at..].iter().take_while(|(s, _)| *s == all[at].0).count();
        let positives = all[at..at + tied].iter().filter(|(_, p)| *p).count() as f64;
        let negatives = tied as f64 - positives;
        sum += positives * (below + negatives / 2.0);
        below += negatives;
        at += tied;
    }
    sum / (positive.len() as f64 * negative.len() as f64)
}

/// The largest share of positives above a threshold that at most `rate` of the negatives are above.
fn tpr(positive: &[f64], negative: &[f64], rate: f64) -> f64 {
    let mut sorted = negative.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let allowed = (rate * negative.len() as f64).floor() as usize;
    let threshold = sorted.get(allowed).copied().unwrap_or(f64::NEG_INFINITY);
    positive.iter().filter(|s| **s > threshold).count() as f64 / positive.len() as f64
}

pub(super) fn rows(outputs: &Outputs, feature: &Feature) -> Result<Vec<Vec<f64>>, String> {
    Ok(match feature {
        Feature::ModifiedEntropyFaithful => faithful(outputs),
        Feature::Score(of) => {
            let values = Stored::new(outputs, &[]).and_then(|stored| values(of, &stored));
            values.map_err(|e| e.to_string())?.into_iter().map(|v| vec![v]).collect()
        }
        feature => (0..outputs.len()).map(|i| value(outputs, i, feature)).collect(),
    })
}

/// A probability for a logarithm: not below the smallest normal number of float32.
fn log(p: f64) -> f64 {
    p.max(1e-30).ln()
}

fn value(outputs: &Outputs, i: usize, feature: &Feature) -> Vec<f64> {
    let (p, y) = (outputs.probabilities(i), outputs.labels[i]);
    match feature {
        Feature::Confidence => vec![p[y]],
        Feature::Entropy => vec![p.iter().map(|p| -p * log(*p)).sum()],
        Feature::ModifiedEntropy | Feature::ModifiedEntropyFaithful => {
            let rest = (0..p.len()).filter(|k| *k != y).map(|k| -p[k] * log(1.0 - p[k]));
            vec![-(1.0 - p[y]) * log(p[y]) + rest.sum::<f64>()]
        }
        Feature::Correctness => vec![f64::from(u8::from(outputs.correct(i)))],
        Feature::Probabilities => p,
        Feature::Score(_) => Vec::new(),
    }
}

/// Unlearn-WorstCase's own: −Σ q·log p, where q is p with the columns of every label that the part has replaced by 1 − p. In
/// float32, as theirs: 1 − p of a sure sample is 0 there.
fn faithful(outputs: &Outputs) -> Vec<Vec<f64>> {
    let present: std::collections::HashSet<usize> = outputs.labels.iter().copied().collect();
    let log = |p: f32| if p > 0.0 { p.ln() } else { 1e-30f32.ln() };
    let one = |i: usize| {
        let p: Vec<f32> = outputs.probabilities(i).into_iter().map(|p| p as f32).collect();
        let swap = |k: usize| if present.contains(&k) { 1.0 - p[k] } else { p[k] };
        vec![-f64::from((0..p.len()).map(|k| swap(k) * log(p[k])).sum::<f32>())]
    };
    (0..outputs.len()).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_and_rates_are_those_of_their_definition() {
        assert_eq!(auc(&[3.0, 2.0], &[1.0, 0.0]), 1.0);
        assert_eq!(auc(&[1.0, 1.0], &[1.0, 1.0]), 0.5);
        assert_eq!(auc(&[0.0, 2.0], &[1.0, 3.0]), 0.25);
        assert_eq!(tpr(&[5.0, 4.0, 1.0, 0.0], &[3.0, 2.0], 0.01), 0.5);
        assert_eq!(tpr(&[5.0, 2.5, 1.0, 0.0], &[3.0, 2.0], 0.5), 0.5);
        assert_eq!(tpr(&[1.0], &[1.0], 0.01), 0.0, "a tie is not above");
    }

    #[test]
    fn features_are_those_of_their_definition() {
        let p: [f64; 3] = [0.7, 0.2, 0.1];
        let outputs = Outputs {
            logits: vec![p.iter().map(|p| p.ln()).collect()],
            labels: vec![1],
            ..Outputs::default()
        };
        let get = |feature| value(&outputs, 0, &feature)[0];
        assert!((get(Feature::Confidence) - 0.2).abs() < 1e-12);
        assert!((get(Feature::Entropy) + p.iter().map(|p| p * p.ln()).sum::<f64>()).abs() < 1e-12);
        let modified = -(0.8 * 0.2f64.ln() + 0.7 * 0.3f64.ln() + 0.1 * 0.9f64.ln());
        assert!((get(Feature::ModifiedEntropy) - modified).abs() < 1e-12);
        assert_eq!(get(Feature::Correctness), 0.0);
        assert_eq!(value(&outputs, 0, &Feature::Probabilities).len(), 3);
    }
}
