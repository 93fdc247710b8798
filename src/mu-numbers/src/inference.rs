//! Tests of differences over seeds.

use mu_check::PairedTest;
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// The two-sided p-value of a paired test, from the differences.
#[must_use]
pub fn p_value(by: PairedTest, differences: &[f64]) -> f64 {
    match by {
        PairedTest::T => paired_t(differences),
        PairedTest::Wilcoxon => wilcoxon(differences),
    }
}

/// The two-sided p-value of the paired t-test, from the differences; 1 where there is nothing to test.
#[must_use]
pub fn paired_t(differences: &[f64]) -> f64 {
    let n = differences.len() as f64;
    if differences.len() < 2 {
        return 1.0;
    }
    let mean = differences.iter().sum::<f64>() / n;
    let variance = differences.iter().map(|d| (d - mean) * (d - mean)).sum::<f64>() / (n - 1.0);
    if variance == 0.0 {
        return if mean == 0.0 { 1.0 } else { 0.0 };
    }
    let t = mean / (variance / n).sqrt();
    StudentsT::new(0.0, 1.0, n - 1.0).map_or(1.0, |law| 2.0 * law.cdf(-t.abs()))
}

/// The two-sided p-value of Wilcoxon's signed-rank test: differences of zero are dropped; up to 50 differences the
/// distribution of the rank sum is counted, ties included, beyond that it is taken as normal.
#[must_use]
pub fn wilcoxon(differences: &[f64]) -> f64 {
    let mut sorted: Vec<f64> = differences.iter().copied().filter(|d| *d != 0.0).collect();
    sorted.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
    let n = sorted.len();
    if n == 0 {
        return 1.0;
    }
    // Twice the ranks, so that the mean rank of ties is whole.
    let doubled = doubled_ranks(&sorted.iter().map(|d| d.abs()).collect::<Vec<_>>());
    let of_positive: usize = sorted.iter().zip(&doubled).filter(|(d, _)| **d > 0.0).map(|(_, r)| r).sum();
    let total: usize = doubled.iter().sum();
    let least = of_positive.min(total - of_positive);
    if n > 50 {
        let mean = total as f64 / 2.0;
        let variance = doubled.iter().map(|r| (*r as f64).powi(2)).sum::<f64>() / 4.0;
        let z = (least as f64 - mean) / variance.sqrt();
        return Normal::new(0.0, 1.0).map_or(1.0, |law| 2.0 * law.cdf(z)).min(1.0);
    }
    // How many choices of signs give each sum.
    let mut ways = vec![0.0; total + 1];
    ways[0] = 1.0;
    for rank in &doubled {
        for sum in (*rank..=total).rev() {
            ways[sum] += ways[sum - rank];
        }
    }
    let below: f64 = ways[..=least].iter().sum();
    (2.0 * below / 2f64.powi(n as i32)).min(1.0)
}

/// Twice the rank of each value, from 1, ties at their mean.
fn doubled_ranks(values: &[f64]) -> Vec<usize> {
    let below = |v: f64| values.iter().filter(|o| **o < v).count();
    let same = |v: f64| values.iter().filter(|o| **o == v).count();
    values.iter().map(|v| 2 * below(*v) + same(*v) + 1).collect()
}

/// Holm's correction: the p-values as if each test were the only one.
#[must_use]
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let mut adjusted = vec![1.0; p.len()];
    let mut least = 0.0f64;
    for (rank, at) in order.into_iter().enumerate() {
        least = least.max((p[at] * (p.len() - rank) as f64).min(1.0));
        adjusted[at] = least;
    }
    adjusted
}

/// Kendall's coefficient of concordance W, ties corrected: how alike several raters rank the same things. 1 where all ranks
/// are the same, about 0 where they have nothing to do with each other.
#[must_use]
pub fn concordance(raters: &[Vec<f64>]) -> Option<f64> {
    let (m, n) = (raters.len() as f64, raters.first()?.len());
    if raters.len() < 2 || n < 2 || raters.iter().any(|r| r.len() != n) {
        return None;
    }
    let ranks: Vec<Vec<f64>> =
        raters.iter().map(|r| doubled_ranks(r).into_iter().map(|r| r as f64 / 2.0).collect()).collect();
    let sums: Vec<f64> = (0..n).map(|i| ranks.iter().map(|r| r[i]).sum()).collect();
    let mean = sums.iter().sum::<f64>() / n as f64;
    let spread: f64 = sums.iter().map(|s| (s - mean) * (s - mean)).sum();
    let ties: f64 = raters
        .iter()
        .map(|r| {
            let mut sorted = r.clone();
            sorted.sort_by(f64::total_cmp);
            let groups = sorted.chunk_by(|a, b| a == b).map(|g| g.len() as f64);
            groups.map(|t| t * t * t - t).sum::<f64>()
        })
        .sum();
    let n = n as f64;
    let most = m * m * (n * n * n - n) - m * ties;
    (most > 0.0).then(|| 12.0 * spread / most)
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: [f64; 8] = [1.1, 2.3, -0.4, 3.0, 0.7, 1.9, -0.2, 2.2];

    /// scipy.stats.ttest_rel and wilcoxon (exact) of these differences against 0.
    #[test]
    fn p_values_are_those_of_scipy() {
        assert!((paired_t(&A) - 0.018_682_774_154).abs() < 1e-9, "{}", paired_t(&A));
        assert!((wilcoxon(&A) - 0.039_062_5).abs() < 1e-12, "{}", wilcoxon(&A));
        assert_eq!(paired_t(&[0.0, 0.0]), 1.0);
        assert_eq!(wilcoxon(&[]), 1.0);
        // All of three differences on one side: 2 · (1/2)³.
        assert!((wilcoxon(&[1.0, 2.0, 3.0]) - 0.25).abs() < 1e-12);
        // Ties at their mean rank: signs of {1, 1, 2} that give a sum of at most 0.
        assert!((wilcoxon(&[1.0, 1.0, 2.0]) - 0.25).abs() < 1e-12);
    }

    #[test]
    fn holm_is_stepwise() {
        let adjusted = holm(&[0.01, 0.04, 0.03, 0.005]);
        for (got, want) in adjusted.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((got - want).abs() < 1e-12, "{adjusted:?}");
        }
    }

    #[test]
    fn concordance_has_its_limits() {
        assert_eq!(concordance(&[vec![1.0, 2.0, 3.0], vec![10.0, 20.0, 30.0]]), Some(1.0));
        assert_eq!(concordance(&[vec![1.0, 2.0, 3.0], vec![3.0, 2.0, 1.0]]), Some(0.0));
        // Three raters of four: S = 45, W = 12·S / (m²(n³ − n)) = 0.6 for these ranks.
        let w = concordance(&[vec![1.0, 2.0, 3.0, 4.0], vec![2.0, 1.0, 4.0, 3.0], vec![1.0, 4.0, 2.0, 3.0]])
            .unwrap();
        let sums = [4.0, 7.0, 9.0, 10.0];
        let s: f64 = sums.iter().map(|x: &f64| (x - 7.5) * (x - 7.5)).sum();
        assert!((w - 12.0 * s / (9.0 * 60.0)).abs() < 1e-12);
        assert_eq!(concordance(&[vec![1.0, 2.0]]), None);
    }
}
