//! Statistics of a cell.

use mu_check::{Bound, Center, Spread};
use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// What a cell shows; JSON `{"mean": x, "std": y, "n": k}`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Cell {
    /// The centre (a median, say, where the table asks for it).
    pub mean: f64,
    /// What follows the ±; none for a single value.
    pub std: Option<f64>,
    /// How many values.
    pub n: usize,
    /// How the centre stands to the true one, where values stopped at a limit: then nothing follows the ±.
    #[serde(skip_serializing_if = "is_exact", serialize_with = "in_words")]
    pub bound: Bound,
}

fn is_exact(bound: &Bound) -> bool {
    *bound == Bound::Exact
}

fn in_words<S: serde::Serializer>(bound: &Bound, to: S) -> Result<S::Ok, S::Error> {
    bound.word().serialize(to)
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
            Center::Mean | Center::Best => average,
            Center::Std if n < 2 => return None,
            Center::Std => {
                (values.iter().map(|v| (v - average) * (v - average)).sum::<f64>() / (n - 1) as f64).sqrt()
            }
            Center::Min => values.iter().copied().fold(f64::INFINITY, f64::min),
            Center::Max => values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            Center::Median => {
                let mut sorted = values.to_vec();
                sorted.sort_by(f64::total_cmp);
                0.5 * (sorted[(n - 1) / 2] + sorted[n / 2])
            }
        };
        let squares: f64 = values.iter().map(|v| (v - average) * (v - average)).sum();
        let std = spread.filter(|_| n > 1).and_then(|spread| {
            let std = (squares / (n - 1) as f64).sqrt();
            match spread {
                Spread::Std => Some(std),
                Spread::Ci95 => {
                    let t = StudentsT::new(0.0, 1.0, (n - 1) as f64).ok()?.inverse_cdf(0.975);
                    Some(t * std / (n as f64).sqrt())
                }
            }
        });
        Some(Cell { mean, std, n, bound: Bound::Exact })
    }

    /// Takes in what is known of the values that stopped at a limit: each bounds the true one.
    pub(crate) fn bounded(&mut self, values: &[f64], bounds: &[Bound], center: Center) {
        // What is neither the least nor the greatest nor in the middle does not move those.
        let decides = |v: f64, b: Bound| match (center, b) {
            (_, Bound::Exact) => false,
            (Center::Min, Bound::AtLeast) => v <= self.mean,
            (Center::Max, Bound::AtMost) => v >= self.mean,
            (Center::Median, Bound::AtLeast) => v <= self.mean,
            (Center::Median, Bound::AtMost) => v >= self.mean,
            _ => true,
        };
        let all = values.iter().zip(bounds).filter(|(v, b)| decides(**v, **b)).map(|(_, b)| *b);
        self.bound = all.fold(Bound::Exact, Bound::with);
        if matches!(center, Center::Std | Center::Best) && self.bound != Bound::Exact {
            self.bound = Bound::Unknown;
        }
        if bounds.iter().any(|b| *b != Bound::Exact) {
            self.std = None;
        }
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
        assert_eq!(Cell::of(&[1.0, 7.0, 2.0], Center::Max, None).unwrap().mean, 7.0);
        assert_eq!(Cell::of(&[3.0], Center::Mean, Some(Spread::Std)).unwrap().std, None);
        assert_eq!(Cell::of(&[], Center::Mean, None), None);
    }

    #[test]
    fn what_stopped_at_a_limit_is_no_value_to_spread() {
        let (values, bounds) = ([10.0, 20.0, 100.0], [Bound::Exact, Bound::Exact, Bound::AtLeast]);
        let cell = |center| {
            let mut cell = Cell::of(&values, center, Some(Spread::Std)).unwrap();
            cell.bounded(&values, &bounds, center);
            (cell.mean, cell.std, cell.bound)
        };
        let mean = 130.0 / 3.0;
        assert_eq!(cell(Center::Mean), (mean, None, Bound::AtLeast));
        assert_eq!(cell(Center::Median), (20.0, None, Bound::Exact), "the middle one stays");
        assert_eq!(cell(Center::Min), (10.0, None, Bound::Exact));
        assert_eq!(cell(Center::Max), (100.0, None, Bound::AtLeast));
        assert_eq!(cell(Center::Std).2, Bound::Unknown);
        let json =
            serde_json::to_string(&Cell { mean: 1.5, std: None, n: 2, bound: Bound::AtLeast }).unwrap();
        assert_eq!(json, r#"{"mean":1.5,"std":null,"n":2,"bound":"at least"}"#);
    }

    /// Student's t: the 97.5 % quantiles of any table, 4.302 653 for 2 and 2.776 445 for 4 degrees of freedom.
    #[test]
    fn confidence_intervals_are_those_of_the_tables() {
        let half = |values: &[f64]| Cell::of(values, Center::Mean, Some(Spread::Ci95)).unwrap().std.unwrap();
        assert!((half(&[-1.0, 0.0, 1.0]) - 4.302_653 / 3.0f64.sqrt()).abs() < 1e-5);
        let five = [1.0, 2.0, 3.0, 4.0, 5.0];
        assert!((half(&five) - 2.776_445 * (2.5f64).sqrt() / 5.0f64.sqrt()).abs() < 1e-5);
    }
}
