//! Classifiers that attacks decide by: positive for members.

use mu_step::Decision;
use nalgebra::{DMatrix, DVector};

use super::svc::Svc;

pub(super) enum Attacker {
    Svc(Box<Svc>),
    /// sign · (x − threshold)
    Threshold {
        sign: f64,
        threshold: f64,
    },
    Logistic {
        weights: DVector<f64>,
        bias: f64,
    },
}

impl Attacker {
    /// Fits to rows of features; `y` is true for members.
    pub(super) fn fit(x: &[Vec<f64>], y: &[bool], by: Decision) -> Result<Self, String> {
        match by {
            Decision::Svc { c } => Ok(Self::Svc(Box::new(Svc::fit(x, y, c)))),
            Decision::Logistic { c } => Ok(logistic(x, y, c)),
            Decision::Threshold if x.first().is_some_and(|x| x.len() > 1) => {
                Err("a threshold needs one number per sample: choose another feature".to_owned())
            }
            Decision::Threshold => Ok(threshold(x, y)),
        }
    }

    pub(super) fn decision(&self, x: &[f64]) -> f64 {
        match self {
            Self::Svc(svc) => svc.decision(x),
            Self::Threshold { sign, threshold } => sign * (x[0] - threshold),
            Self::Logistic { weights, bias } => weights.iter().zip(x).map(|(w, x)| w * x).sum::<f64>() + bias,
        }
    }
}

/// The threshold between two values, and the side of the members, with the most right answers; the first of equals.
fn threshold(x: &[Vec<f64>], y: &[bool]) -> Attacker {
    let mut order: Vec<usize> = (0..x.len()).collect();
    order.sort_by(|a, b| x[*a][0].total_cmp(&x[*b][0]));
    let members = y.iter().filter(|y| **y).count() as f64;
    let others = y.len() as f64 - members;
    // Right answers when members are above: nothing below yet.
    let (mut members_below, mut others_below) = (0.0, 0.0);
    let (mut best, mut found) = (f64::NEG_INFINITY, (1.0, f64::NEG_INFINITY));
    for at in 0..=order.len() {
        let boundary = at == 0 || at == order.len() || x[order[at - 1]][0] < x[order[at]][0];
        if boundary {
            let between = match at {
                0 => x[order[0]][0] - 1.0,
                n if n == order.len() => x[order[n - 1]][0] + 1.0,
                n => 0.5 * (x[order[n - 1]][0] + x[order[n]][0]),
            };
            for (sign, right) in
                [(1.0, members - members_below + others_below), (-1.0, members_below + others - others_below)]
            {
                if right > best {
                    (best, found) = (right, (sign, between));
                }
            }
        }
        if let Some(i) = order.get(at) {
            if y[*i] { members_below += 1.0 } else { others_below += 1.0 }
        }
    }
    Attacker::Threshold { sign: found.0, threshold: found.1 }
}

/// Logistic regression by Newton's method: ½‖w‖² + C·Σ log-loss, the intercept free.
fn logistic(x: &[Vec<f64>], y: &[bool], c: f64) -> Attacker {
    let d = x.first().map_or(0, Vec::len);
    let mut beta = DVector::<f64>::zeros(d + 1);
    let row = |x: &[f64], k: usize| if k < d { x[k] } else { 1.0 };
    for _ in 0..100 {
        let mut gradient = DVector::<f64>::zeros(d + 1);
        let mut hessian = DMatrix::<f64>::zeros(d + 1, d + 1);
        for k in 0..d {
            gradient[k] = beta[k];
            hessian[(k, k)] = 1.0;
        }
        for (x, y) in x.iter().zip(y) {
            let z: f64 = (0..=d).map(|k| beta[k] * row(x, k)).sum();
            let p = 1.0 / (1.0 + (-z).exp());
            let (wrong, curve) = (p - f64::from(u8::from(*y)), p * (1.0 - p));
            for i in 0..=d {
                gradient[i] += c * wrong * row(x, i);
                for j in 0..=d {
                    hessian[(i, j)] += c * curve * row(x, i) * row(x, j);
                }
            }
        }
        // A class that is told apart perfectly has no curvature left in the intercept.
        hessian[(d, d)] += 1e-12;
        let Some(step) = hessian.cholesky().map(|h| h.solve(&gradient)) else { break };
        beta -= &step;
        if step.amax() < 1e-10 {
            break;
        }
    }
    Attacker::Logistic { bias: beta[d], weights: beta.rows(0, d).into_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_threshold_is_found() {
        let x: Vec<Vec<f64>> = [0.1, 0.2, 0.3, 0.8, 0.9].iter().map(|v| vec![*v]).collect();
        let y = [false, false, true, true, true];
        let attacker = Attacker::fit(&x, &y, Decision::Threshold).unwrap();
        assert!(x.iter().zip(y).all(|(x, y)| (attacker.decision(x) > 0.0) == y));
        let flipped: Vec<bool> = y.iter().map(|y| !y).collect();
        let attacker = Attacker::fit(&x, &flipped, Decision::Threshold).unwrap();
        assert!(x.iter().zip(flipped).all(|(x, y)| (attacker.decision(x) > 0.0) == y));
        assert!(Attacker::fit(&[vec![1.0, 2.0]], &[true], Decision::Threshold).is_err());
    }

    /// At the optimum the gradient is zero: w = C·Σ (y − p)·x and Σ (y − p) = 0.
    #[test]
    fn logistic_regression_is_optimal() {
        let x: Vec<Vec<f64>> =
            (0..60).map(|i| vec![(f64::from(i) * 0.7).sin(), (f64::from(i) * 0.3).cos()]).collect();
        let y: Vec<bool> = (0..60).map(|i| (i * i) % 7 < 3).collect();
        let attacker = Attacker::fit(&x, &y, Decision::Logistic { c: 3.0 }).unwrap();
        let Attacker::Logistic { weights, .. } = &attacker else { panic!() };
        let wrong: Vec<f64> = x
            .iter()
            .zip(&y)
            .map(|(x, y)| f64::from(u8::from(*y)) - 1.0 / (1.0 + (-attacker.decision(x)).exp()))
            .collect();
        assert!(wrong.iter().sum::<f64>().abs() < 1e-8);
        for k in 0..2 {
            let sum: f64 = wrong.iter().zip(&x).map(|(w, x)| 3.0 * w * x[k]).sum();
            assert!((sum - weights[k]).abs() < 1e-8);
        }
    }
}
