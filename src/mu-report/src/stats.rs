//! Statistics of a cell.

use mu_check::{Center, Spread};
use serde::Serialize;

/// What a cell shows; JSON `{"mean": x, "std": y, "n": k}`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Cell {
    /// The centre (a median where the table asks for it).
    pub mean: f64,
    /// Sample standard deviation, n − 1; none for a single value.
    pub std: Option<f64>,
    /// How many values.
    pub n: usize,
}

impl Cell {
    /// The statistics of some values; `None` of none.
    #[must_use]
    pub fn of(values: &[f64], center: Center, spread: Option<Spread>) -> Option<Cell> {
        let n = values.len();
        if n == 0 {
            return None;
        }
        let average = values.iter().sum::<f64>() / n as f64;
        let mean = match center {
            Center::Mean => average,
            Center::Median => {
                let mut sorted = values.to_vec();
                sorted.sort_by(f64::total_cmp);
                0.5 * (sorted[(n - 1) / 2] + sorted[n / 2])
            }
        };
        let squares: f64 = values.iter().map(|v| (v - average) * (v - average)).sum();
        let std = spread.filter(|_| n > 1).map(|Spread::Std| (squares / (n - 1) as f64).sqrt());
        Some(Cell { mean, std, n })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closed_forms() {
        let cell = Cell::of(&[1.0, 2.0, 4.0, 5.0], Center::Mean, Some(Spread::Std)).unwrap();
        assert!(
            (cell.mean - 3.0).abs() < 1e-12 && (cell.std.unwrap() - (10.0f64 / 3.0).sqrt()).abs() < 1e-12
        );
        assert_eq!(Cell::of(&[1.0, 7.0, 2.0], Center::Median, None).unwrap().mean, 2.0);
        assert_eq!(Cell::of(&[3.0], Center::Mean, Some(Spread::Std)).unwrap().std, None);
        assert_eq!(Cell::of(&[], Center::Mean, None), None);
    }
}
