//! Membership inference, as efficacy: an attack learns to tell members (retain samples) from non-members
//! (test or validation samples) on the unlearned model; the score is the share of the forget set that it calls non-member.

use mu_step::Feature;

use super::Outputs;
use super::svc::Svc;

/// The score in percent. Balanced, both classes have as many samples as the smaller of the two sets.
pub(crate) fn attack(
    forget: &Outputs,
    members: &Outputs,
    others: &Outputs,
    feature: Feature,
    c: f64,
    balance: bool,
) -> Result<f64, String> {
    let (inside, outside) = (members.labels.len(), others.labels.len());
    if inside == 0 || outside == 0 || forget.labels.is_empty() {
        return Err("the attack needs samples to forget, members and non-members".to_owned());
    }
    let least = inside.min(outside);
    let (inside, outside) = if balance { (least, least) } else { (inside, outside) };
    let rows =
        |o: &Outputs, n: usize| -> Vec<Vec<f64>> { (0..n).map(|i| vec![value(o, i, feature)]).collect() };
    let mut x = rows(members, inside);
    x.extend(rows(others, outside));
    let y: Vec<bool> = (0..inside + outside).map(|i| i < inside).collect();
    let svc = Svc::fit(&x, &y, c);
    let asked = rows(forget, forget.labels.len());
    let outside = asked.iter().filter(|x| !svc.predict(x)).count();
    Ok(100.0 * outside as f64 / asked.len() as f64)
}

fn value(outputs: &Outputs, i: usize, feature: Feature) -> f64 {
    let p = outputs.probabilities(i);
    match feature {
        Feature::Confidence => p[outputs.labels[i]],
        Feature::Entropy => p.iter().filter(|p| **p > 0.0).map(|p| -p * p.ln()).sum(),
        Feature::Correctness => f64::from(u8::from(outputs.correct(i))),
    }
}
