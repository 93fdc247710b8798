//! Whether claims hold.

use std::collections::BTreeMap;

use mu_check::{Amount, Arithmetic, Bound, Claim, Comparison, Metric, Point, Program, Query, Test};

use crate::query::Outcome;
use crate::{Measurements, inference};

/// A claim after the numbers were looked at.
#[derive(Clone, Debug)]
pub struct Judged {
    /// In words.
    pub text: String,
    /// Whether it holds; `None` while numbers are missing.
    pub holds: Option<bool>,
    /// The comparisons with their numbers, `0.26 < 1`, and how many values behind them stopped at a limit, so that the true ones may
    /// be beyond.
    pub detail: String,
}

/// Judges a claim.
#[must_use]
pub fn judge(claim: &Claim, measurements: &Measurements<'_>) -> Judged {
    let mut detail = Vec::new();
    let holds = test(&claim.condition, measurements, &mut detail);
    let mut inexact = 0;
    claim.condition.aggregates(&mut |query, metric| {
        let points = points(query, measurements);
        let bound = |p: &&Point| measurements.bound(query.experiment, **p, metric) != Bound::Exact;
        inexact += points.iter().filter(bound).count();
    });
    let mut detail = detail.join(", ");
    match inexact {
        0 => {}
        1 => detail.push_str("; 1 value behind it stopped at a limit"),
        n => detail.push_str(&format!("; {n} values behind it stopped at a limit")),
    }
    Judged { text: claim.text.clone(), holds, detail }
}

/// Both sides are always looked at, so that the detail is whole.
/// Every claim of a program with its verdict, a line each, and whether all hold.
#[must_use]
pub fn verdicts(program: &Program, measurements: &Measurements<'_>) -> (String, bool) {
    let mut text = String::new();
    let mut all = true;
    for claim in &program.claims {
        let judged = judge(claim, measurements);
        all &= judged.holds == Some(true);
        let (mark, words) = match judged.holds {
            Some(true) => ("✓", "holds"),
            Some(false) => ("✗", "does not hold"),
            None => ("–", "not known yet"),
        };
        text.push_str(&format!("{mark} {}: {words} ({})\n", judged.text, judged.detail));
    }
    (text, all)
}

fn test(test: &Test, m: &Measurements<'_>, detail: &mut Vec<String>) -> Option<bool> {
    match test {
        Test::Compare(comparison, a, b) => {
            let (a, b) = (amount(a, m), amount(b, m));
            let words = |v: Option<f64>| {
                v.map_or("–".to_owned(), |v| {
                    format!("{:.4}", v).trim_end_matches('0').trim_end_matches('.').to_owned()
                })
            };
            let (sign, holds): (&str, fn(f64, f64) -> bool) = match comparison {
                Comparison::Below => ("<", |a, b| a < b),
                Comparison::AtMost => ("≤", |a, b| a <= b),
                Comparison::Above => (">", |a, b| a > b),
                Comparison::AtLeast => ("≥", |a, b| a >= b),
                Comparison::Equal => ("=", |a, b| a == b),
                Comparison::Unequal => ("≠", |a, b| a != b),
            };
            detail.push(format!("{} {sign} {}", words(a), words(b)));
            Some(holds(a?, b?))
        }
        Test::And(a, b) => match (self::test(a, m, detail), self::test(b, m, detail)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (a, b) => Some(a? && b?),
        },
        Test::Or(a, b) => match (self::test(a, m, detail), self::test(b, m, detail)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (a, b) => Some(a? || b?),
        },
        Test::Not(a) => self::test(a, m, detail).map(|h| !h),
    }
}

fn amount(of: &Amount, m: &Measurements<'_>) -> Option<f64> {
    match of {
        Amount::Number(v) => Some(*v),
        Amount::Abs(a) => amount(a, m).map(f64::abs),
        Amount::Binary(operation, a, b) => {
            let (a, b) = (amount(a, m)?, amount(b, m)?);
            Some(match operation {
                Arithmetic::Add => a + b,
                Arithmetic::Subtract => a - b,
                Arithmetic::Multiply => a * b,
                Arithmetic::Divide => a / b,
            })
        }
        Amount::PValue(by, a, b) => {
            let pairs = m.pairs((&a.0, &a.1), (&b.0, &b.1))?;
            let differences: Vec<f64> = pairs.iter().map(|(a, b)| a - b).collect();
            Some(inference::p_value(*by, &differences))
        }
        Amount::Stability(query, metric) => stability(query, metric, m),
        Amount::Aggregate(query, metric) => {
            let found = m.aggregate(query, metric, &points(query, m));
            found.cell.filter(|_| found.missing == 0 && found.failed.is_empty()).map(|c| c.mean)
        }
    }
}

/// The points that a query is about.
fn points(query: &Query, m: &Measurements<'_>) -> Vec<Point> {
    let experiment = m.experiment(query.experiment);
    let holds = |p: &&Point| query.filter.as_ref().is_none_or(|f| experiment.keeps(f, **p));
    m.points(query.experiment).iter().filter(holds).copied().collect()
}

/// Kendall's W of the methods' ranks: the positions of the axis that is aggregated over are the raters.
fn stability(query: &Query, metric: &Metric, m: &Measurements<'_>) -> Option<f64> {
    let experiment = m.experiment(query.experiment);
    let methods = experiment.axis("unlearn")?;
    let mut raters: BTreeMap<Vec<Option<usize>>, BTreeMap<usize, f64>> = BTreeMap::new();
    for p in points(query, m) {
        let Outcome::Value(value) = m.outcome(query.experiment, p, metric) else { return None };
        let rater = query.over.iter().map(|axis| experiment.position(p, *axis)).collect();
        raters.entry(rater).or_default().insert(experiment.position(p, methods)?, value);
    }
    let ranked: Vec<Vec<f64>> = raters.into_values().map(|r| r.into_values().collect()).collect();
    inference::concordance(&ranked)
}
