//! U-LiRA: a likelihood-ratio attack on unlearning (Hayes et al., "Inexact Unlearning Needs More Careful Evaluations", 2024, after
//! Carlini et al. 2022). For every forget sample, two normal distributions of the logit-scaled confidence are fitted: over shadow
//! models that unlearned the sample, and over shadow models that never saw it. The attack is asked of the measured model and of
//! Retrain which of the two each is.

use super::outputs::Outputs;

/// Standard deviations are not taken below this: few shadow models may agree by chance.
const LEAST_STD: f64 = 1e-2;

/// Right answers in percent; 50 where unlearning cannot be told from retraining.
pub(super) fn accuracy(
    ours: &Outputs,
    retrain: &Outputs,
    unlearned: &[Outputs],
    retrained: &[Outputs],
) -> f64 {
    let n = ours.len();
    let right: f64 = (0..n)
        .map(|i| {
            let of = |models: &[Outputs]| normal(&models.iter().map(|o| scaled(o, i)).collect::<Vec<f64>>());
            let (seen, unseen) = (of(unlearned), of(retrained));
            let ratio = |x: f64| density(x, seen) - density(x, unseen);
            // Equal likelihoods tell nothing.
            let answer = |ratio: f64| {
                if ratio > 0.0 {
                    1.0
                } else if ratio < 0.0 {
                    0.0
                } else {
                    0.5
                }
            };
            answer(ratio(scaled(ours, i))) + 1.0 - answer(ratio(scaled(retrain, i)))
        })
        .sum();
    100.0 * right / (2 * n) as f64
}

/// log(p_y / (1 − p_y)), from the logits.
fn scaled(outputs: &Outputs, i: usize) -> f64 {
    let (row, y) = (&outputs.logits[i], outputs.labels[i]);
    let rest = || (0..row.len()).filter(|k| *k != y).map(|k| row[k]);
    let max = rest().fold(f64::NEG_INFINITY, f64::max);
    row[y] - max - rest().map(|l| (l - max).exp()).sum::<f64>().ln()
}

fn normal(values: &[f64]) -> (f64, f64) {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0).max(1.0);
    (mean, variance.sqrt().max(LEAST_STD))
}

fn density(x: f64, (mean, std): (f64, f64)) -> f64 {
    -0.5 * ((x - mean) / std).powi(2) - std.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(confidences: &[f64]) -> Outputs {
        let logits = confidences.iter().map(|p| vec![(p / (1.0 - p)).ln(), 0.0]).collect();
        Outputs { logits, labels: vec![0; confidences.len()], ..Outputs::default() }
    }

    #[test]
    fn unlearning_that_shows_is_found_and_retraining_is_not() {
        let unseen: Vec<Outputs> = [0.3, 0.35, 0.4].iter().map(|p| model(&[*p, *p])).collect();
        let seen: Vec<Outputs> = [0.9, 0.92, 0.94].iter().map(|p| model(&[*p, *p])).collect();
        assert_eq!(accuracy(&model(&[0.91, 0.93]), &model(&[0.33, 0.36]), &seen, &unseen), 100.0);
        assert_eq!(accuracy(&model(&[0.33, 0.36]), &model(&[0.33, 0.36]), &seen, &unseen), 50.0);
        assert_eq!(accuracy(&model(&[0.5, 0.5]), &model(&[0.5, 0.5]), &seen, &seen), 50.0);
    }

    #[test]
    fn confidences_are_scaled_to_their_logit() {
        assert!((scaled(&model(&[0.8]), 0) - 4f64.ln()).abs() < 1e-12);
    }
}
