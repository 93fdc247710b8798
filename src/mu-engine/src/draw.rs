//! Every random number of the engine. A stream is named by seed, stage, purpose and index, so what one
//! part draws never depends on what another drew; the numbers are the same on every device, and methods
//! on one seed are paired. Streams are BLAKE3 in its extendable-output mode: their bits are fixed for
//! ever, which a general random-number crate does not promise.

use blake3::OutputReader;

/// How many bytes are computed at once: a block for every number would be computed eight times over.
const AHEAD: usize = 1024;

/// A stream of random numbers.
pub(crate) struct Draw {
    stream: OutputReader,
    bytes: [u8; AHEAD],
    /// How many of the bytes were used.
    used: usize,
}

/// The streams of a step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draws {
    pub(crate) seed: u64,
    pub(crate) stage: &'static str,
}

impl Draws {
    /// The stream for a purpose; `index` is an epoch, a round, or 0.
    pub(crate) fn stream(self, purpose: &str, index: usize) -> Draw {
        let name = format!("mu draw 1\n{}\n{}\n{purpose}\n{index}", self.seed, self.stage);
        let stream = blake3::Hasher::new().update(name.as_bytes()).finalize_xof();
        Draw { stream, bytes: [0; AHEAD], used: AHEAD }
    }
}

impl Draw {
    fn bits(&mut self) -> u64 {
        if self.used == AHEAD {
            self.stream.fill(&mut self.bytes);
            self.used = 0;
        }
        let mut number = [0; 8];
        number.copy_from_slice(&self.bytes[self.used..self.used + 8]);
        self.used += 8;
        u64::from_le_bytes(number)
    }

    /// Uniform in [0, 1), 53 bits.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Uniform in 0..n (n ≥ 1), without bias: Lemire's multiplication with rejection.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        let n = n as u64;
        loop {
            let wide = u128::from(self.bits()) * u128::from(n);
            if (wide as u64) >= n.wrapping_neg() % n {
                return (wide >> 64) as usize;
            }
        }
    }

    /// Standard normal, by Box and Muller.
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// From Beta(α, α): of two Gamma(α).
    pub(crate) fn beta(&mut self, alpha: f64) -> f64 {
        let (a, b) = (self.gamma(alpha), self.gamma(alpha));
        // Both are too small to be told from 0 where α is tiny: then it is one end or the other.
        if a + b > 0.0 { a / (a + b) } else { self.below(2) as f64 }
    }

    /// From Gamma(α, 1), by Marsaglia and Tsang (2000).
    fn gamma(&mut self, alpha: f64) -> f64 {
        if alpha < 1.0 {
            let boost = (1.0 - self.unit()).powf(1.0 / alpha);
            return self.gamma(alpha + 1.0) * boost;
        }
        let d = alpha - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            if v > 0.0 && (1.0 - self.unit()).ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }

    /// Fisher and Yates.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }

    /// A uniform permutation of 0..n.
    pub(crate) fn permutation(&mut self, n: usize) -> Vec<usize> {
        let mut items: Vec<usize> = (0..n).collect();
        self.shuffle(&mut items);
        items
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAWS: Draws = Draws { seed: 7, stage: "test" };

    #[test]
    fn streams_are_fixed_and_independent() {
        let first: Vec<usize> = (0..5).map(|_| DRAWS.stream("a", 0).below(1000)).collect();
        assert_eq!(first, vec![first[0]; 5], "a stream always starts the same");
        let others = [DRAWS.stream("b", 0), DRAWS.stream("a", 1), Draws { seed: 8, ..DRAWS }.stream("a", 0)];
        let bits: Vec<u64> = others.into_iter().map(|mut s| s.bits()).collect();
        assert!(!bits.contains(&DRAWS.stream("a", 0).bits()));
        let mut again = DRAWS.stream("order", 3).permutation(50);
        again.sort_unstable();
        assert_eq!(again, (0..50).collect::<Vec<_>>());
    }

    #[test]
    fn beta_has_its_moments() {
        for alpha in [0.05, 0.2, 1.0, 4.0] {
            let mut stream = DRAWS.stream("beta", 0);
            let n = 50_000;
            let values: Vec<f64> = (0..n).map(|_| stream.beta(alpha)).collect();
            assert!(values.iter().all(|v| (0.0..=1.0).contains(v)));
            let mean = values.iter().sum::<f64>() / f64::from(n);
            let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / f64::from(n);
            let expected = 1.0 / (4.0 * (2.0 * alpha + 1.0));
            assert!((mean - 0.5).abs() < 0.01, "{alpha}: {mean}");
            assert!((variance / expected - 1.0).abs() < 0.03, "{alpha}: {variance} {expected}");
        }
        assert_eq!(DRAWS.stream("beta", 0).beta(1e-300).fract(), 0.0);
    }

    #[test]
    fn moments_are_those_of_their_law() {
        let (mut unit, mut normal, mut below) =
            (DRAWS.stream("u", 0), DRAWS.stream("n", 0), DRAWS.stream("b", 0));
        let n = 100_000;
        let mean = (0..n).map(|_| unit.unit()).sum::<f64>() / f64::from(n);
        assert!((mean - 0.5).abs() < 0.005, "{mean}");
        let values: Vec<f64> = (0..n).map(|_| normal.normal()).collect();
        let mean = values.iter().sum::<f64>() / f64::from(n);
        let variance = values.iter().map(|v| v * v).sum::<f64>() / f64::from(n);
        assert!(mean.abs() < 0.02 && (variance - 1.0).abs() < 0.02, "{mean} {variance}");
        let mut counts = [0u32; 7];
        (0..n).for_each(|_| counts[below.below(7)] += 1);
        assert!(counts.iter().all(|c| (f64::from(*c) * 7.0 / f64::from(n) - 1.0).abs() < 0.05), "{counts:?}");
    }
}
