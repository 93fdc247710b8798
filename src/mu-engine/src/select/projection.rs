//! The Euclidean projection onto {0 ≤ w ≤ 1, Σw = m}: w = clip(v − μ, 0, 1) with μ such that the sum is m.
//! The sum falls with μ, piecewise linearly, so Newton's method with a bracket finds the root exactly in a few
//! O(n) passes (Ang, Ma, Liu, Huang, Wang, NeurIPS 2021).

/// Projects v; 0 ≤ m ≤ v.len() and v finite.
pub(crate) fn project(v: &[f64], m: f64) -> Vec<f64> {
    // Where Σw ≥ m at `low` and Σw ≤ m at `high`.
    let mut low = v.iter().copied().fold(f64::INFINITY, f64::min) - 1.0;
    let mut high = v.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut mu = 0.5 * (low + high);
    for _ in 0..200 {
        let (mut free, mut offset, mut ones) = (0usize, 0.0, 0usize);
        for x in v {
            let w = x - mu;
            if w >= 1.0 {
                ones += 1;
            } else if w > 0.0 {
                free += 1;
                offset += x;
            }
        }
        let sum = ones as f64 + offset - mu * free as f64;
        if sum == m {
            break;
        }
        if sum > m {
            low = mu;
        } else {
            high = mu;
        }
        // On this linear piece the root is where ones + Σx − free·μ = m.
        let newton = if free > 0 { (ones as f64 + offset - m) / free as f64 } else { f64::NAN };
        let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
        if next == mu || low >= high {
            break;
        }
        mu = next;
    }
    v.iter().map(|x| (x - mu).clamp(0.0, 1.0)).collect()
}

/// The same as the authors' code has it: bisection to 1e-5 in float32, at most 100 times.
pub(crate) fn bisect(v: &[f64], m: f64) -> Vec<f64> {
    let v: Vec<f32> = v.iter().map(|x| *x as f32).collect();
    let clip = |mu: f32| -> Vec<f32> { v.iter().map(|x| (x - mu).clamp(0.0, 1.0)).collect() };
    let mut low = v.iter().copied().fold(f32::INFINITY, f32::min) - 1.0;
    let mut high = v.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut mu = low;
    for _ in 0..100 {
        if high - low <= 1e-5 {
            break;
        }
        mu = 0.5 * (low + high);
        if clip(mu).iter().sum::<f32>() > m as f32 { low = mu } else { high = mu }
    }
    clip(mu).into_iter().map(f64::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Draws;

    fn random(n: usize, scale: f64, index: usize) -> Vec<f64> {
        let mut stream = Draws { seed: 1, stage: "test" }.stream("projection", index);
        (0..n).map(|_| stream.normal() * scale).collect()
    }

    /// The exact root by sorting the 2n breakpoints of the piecewise-linear sum.
    fn oracle(v: &[f64], m: f64) -> Vec<f64> {
        let mut points: Vec<f64> = v.iter().flat_map(|x| [*x, x - 1.0]).collect();
        points.sort_by(f64::total_cmp);
        let sum = |mu: f64| v.iter().map(|x| (x - mu).clamp(0.0, 1.0)).sum::<f64>();
        let at = points.partition_point(|p| sum(*p) > m);
        let (a, b) = (points[at.saturating_sub(1)], points[at.min(points.len() - 1)]);
        let (fa, fb) = (sum(a), sum(b));
        let mu = if (fa - fb).abs() < 1e-300 { a } else { a + (fa - m) * (b - a) / (fa - fb) };
        v.iter().map(|x| (x - mu).clamp(0.0, 1.0)).collect()
    }

    #[test]
    fn agrees_with_the_breakpoint_oracle() {
        for (index, (n, m, scale)) in [
            (1, 0.5, 1.0),
            (2, 1.0, 1.0),
            (50, 5.0, 0.1),
            (300, 30.0, 10.0),
            (300, 299.5, 1e-3),
            (200, 20.0, 1e3),
        ]
        .into_iter()
        .enumerate()
        {
            let v = random(n, scale, index);
            let (ours, exact) = (project(&v, m), oracle(&v, m));
            let worst = ours.iter().zip(&exact).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(worst < 1e-9, "n {n}, m {m}, scale {scale}: {worst}");
        }
    }

    #[test]
    fn a_million_entries_sum_to_the_budget_within_a_second() {
        let v = random(1_000_000, 1.0, 9);
        let start = std::time::Instant::now();
        let w = project(&v, 100_000.0);
        let seconds = start.elapsed().as_secs_f64();
        let sum: f64 = w.iter().sum();
        assert!((sum - 100_000.0).abs() < 1e-6, "{sum}");
        assert!(w.iter().all(|x| (0.0..=1.0).contains(x)));
        assert!(seconds < 1.0, "{seconds} s");
    }
}
