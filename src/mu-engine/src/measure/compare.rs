//! How far two models are from each other.

use mu_step::Distance;
use tch::TchError;

use super::outputs::Outputs;
use crate::artefact::Tensors;

/// The mean over samples.
pub(super) fn outputs(ours: &Outputs, theirs: &Outputs, how: Distance) -> f64 {
    let n = ours.len().min(theirs.len());
    let sum: f64 = (0..n).map(|i| one(&ours.probabilities(i), &theirs.probabilities(i), how)).sum();
    sum / n as f64
}

fn one(p: &[f64], q: &[f64], how: Distance) -> f64 {
    match how {
        Distance::JensenShannon => jensen_shannon(p, q),
        Distance::Activation => p.iter().zip(q).map(|(p, q)| (p - q) * (p - q)).sum::<f64>().sqrt(),
        Distance::ZeroRetrain => 1.0 - jensen_shannon(p, q) / std::f64::consts::LN_2,
        Distance::ZeroRetrainAsRun => 1.0 - from_mean(p, q) / p.len() as f64,
    }
}

/// ½KL(m‖p) + ½KL(m‖q), m = (p + q)/2, natural logarithm.
fn from_mean(p: &[f64], q: &[f64]) -> f64 {
    let kl = |m: f64, a: f64| if m > 0.0 { m * (m / a).ln() } else { 0.0 };
    p.iter().zip(q).map(|(p, q)| 0.5 * (kl(0.5 * (p + q), *p) + kl(0.5 * (p + q), *q))).sum()
}

/// ½KL(p‖m) + ½KL(q‖m), m = (p + q)/2, natural logarithm: in 0..ln 2.
fn jensen_shannon(p: &[f64], q: &[f64]) -> f64 {
    let kl = |a: f64, m: f64| if a > 0.0 { a * (a / m).ln() } else { 0.0 };
    p.iter().zip(q).map(|(p, q)| 0.5 * (kl(*p, 0.5 * (p + q)) + kl(*q, 0.5 * (p + q)))).sum()
}

/// ‖θ − θ'‖₂ over all parameters; running statistics are none.
pub(super) fn weights(ours: &Tensors, theirs: &Tensors) -> Result<f64, TchError> {
    let mut sum = 0.0;
    for (name, tensor) in ours.iter().filter(|(n, _)| !n.contains(".running_")) {
        let Some(other) = theirs.get(name) else { continue };
        let apart = tensor.f_sub(other)?.f_to_kind(tch::Kind::Double)?;
        sum += apart.f_square()?.f_sum(tch::Kind::Double)?.f_double_value(&[])?;
    }
    Ok(sum.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_have_their_limits() {
        let (p, q) = ([1.0, 0.0], [0.0, 1.0]);
        assert!((one(&p, &q, Distance::JensenShannon) - std::f64::consts::LN_2).abs() < 1e-12);
        assert!(one(&p, &q, Distance::ZeroRetrain).abs() < 1e-12);
        assert!((one(&p, &p, Distance::ZeroRetrain) - 1.0).abs() < 1e-12);
        assert!((one(&p, &q, Distance::Activation) - 2f64.sqrt()).abs() < 1e-12);
        assert_eq!(one(&q, &q, Distance::JensenShannon), 0.0);
    }
}
