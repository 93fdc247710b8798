//! Tests of significance that no numbers can pass.

use std::collections::{HashMap, HashSet};

use mu_diag::{Code, Diagnostic, Span};

use crate::eval::Evaluator;
use crate::program::{Amount, Comparison, Experiment, Paired, PairedTest, Point, Query, Test};
use crate::query::Experiments;

/// The level of significance of tables.
pub const SIGNIFICANT: f64 = 0.05;

/// The least two-sided p-value that a test can have with so many pairs. Wilcoxon's signed-rank test counts signs: of
/// 2ⁿ ways to set them, two are the most extreme (Wilcoxon 1945).
fn least(by: PairedTest, pairs: usize) -> f64 {
    match by {
        _ if pairs < 2 => 1.0,
        PairedTest::T => 0.0,
        PairedTest::Wilcoxon => 2f64.powi(1 - pairs.min(1000) as i32),
    }
}

/// With how many pairs the least p-value of one of `tests` tests is below a level.
fn needed(by: PairedTest, tests: usize, level: f64) -> usize {
    (2..1000).find(|n| least(by, *n) * tests as f64 <= level * (1.0 - 1e-12)).unwrap_or(1000)
}

impl Evaluator<'_> {
    /// Warns of a table's test that can mark no cell, whatever the numbers are.
    pub(crate) fn can_differ(
        &self,
        test: &Paired,
        query: &Query,
        experiment: &Experiment,
        (shown, metrics): (&[usize], usize),
        span: Span,
    ) {
        let keeps = |p: &Point| query.filter.as_ref().is_none_or(|f| experiment.keeps(f, *p));
        let mut cells: HashMap<Vec<Option<usize>>, usize> = HashMap::new();
        let Some(axis) = experiment.axis("unlearn") else { return };
        let against = experiment.axes[axis].labels.iter().position(|l| *l == test.against);
        for p in experiment.points().filter(keeps).filter(|p| experiment.position(*p, axis) != against) {
            *cells.entry(shown.iter().map(|a| experiment.position(p, *a)).collect()).or_default() += 1;
        }
        let Some(pairs) = cells.values().copied().max() else { return };
        let tests = cells.len() * metrics;
        let p = (least(test.by, pairs) * tests as f64).min(1.0);
        if p < SIGNIFICANT {
            return;
        }
        let least = match tests {
            1 => format!("the smallest possible p is {p:.3}"),
            _ => format!("the smallest possible p is {p:.3} with Holm's correction over {tests} cells"),
        };
        self.weak(
            span,
            "this test can mark no difference as significant",
            pairs,
            &least,
            needed(test.by, tests, SIGNIFICANT),
        );
    }

    /// Warns of a claim that a p-value is smaller than any that its test can have.
    pub(crate) fn can_hold(&self, test: &Test, experiments: &Experiments, span: Span) {
        let (amount, level) = match test {
            Test::And(a, b) | Test::Or(a, b) => {
                self.can_hold(a, experiments, span);
                return self.can_hold(b, experiments, span);
            }
            Test::Not(_) => return,
            Test::Compare(Comparison::Below | Comparison::AtMost, amount, Amount::Number(level))
            | Test::Compare(Comparison::Above | Comparison::AtLeast, Amount::Number(level), amount) => {
                (amount, *level)
            }
            Test::Compare(..) => return,
        };
        let Amount::PValue(by, a, _) = amount else { return };
        let Some(experiment) = experiments.get(a.0.experiment).and_then(|(_, e)| e.as_ref()) else { return };
        let places: HashSet<Vec<Option<usize>>> = experiment
            .points()
            .filter(|p| a.0.filter.as_ref().is_none_or(|f| experiment.keeps(f, *p)))
            .map(|p| a.0.over.iter().map(|axis| experiment.position(p, *axis)).collect())
            .collect();
        let p = least(*by, places.len());
        if p < level || level <= 0.0 {
            return;
        }
        let least = format!("the smallest possible p is {p:.3}");
        self.weak(span, "this claim can never hold", places.len(), &least, needed(*by, 1, level));
    }

    fn weak(&self, span: Span, message: &str, pairs: usize, least: &str, needed: usize) {
        let pairs = if pairs == 1 { "1 pair".to_owned() } else { format!("{pairs} pairs") };
        self.report(
            Diagnostic::warning(Code::WeakTest, span, message)
                .label(format!("with {pairs} {least}"))
                .help(format!("{needed} seeds are the fewest that can do: `seed = each 0..{needed}`")),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::{least, needed};
    use crate::program::PairedTest::{T, Wilcoxon};

    #[test]
    fn so_many_pairs_are_needed() {
        assert!((least(Wilcoxon, 5) - 0.0625).abs() < 1e-12);
        assert!((least(Wilcoxon, 6) - 0.03125).abs() < 1e-12);
        assert_eq!(needed(Wilcoxon, 1, 0.05), 6);
        assert_eq!(needed(Wilcoxon, 8, 0.05), 9);
        assert_eq!(needed(T, 8, 0.05), 2);
        assert!(least(T, 1) > 0.99);
    }
}
