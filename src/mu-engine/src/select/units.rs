//! What a worst-case selection chooses as a whole: samples, classes or groups.

use std::path::Path;

use mu_step::{Failure, SelectionUnit};

use super::choice::Choice;

/// The unit of each of some samples: 0, 1, ….
pub(super) struct Units {
    of: Vec<usize>,
    count: usize,
}

impl Units {
    /// Of some samples, which stand in ascending order.
    pub(super) fn new(
        by: &SelectionUnit,
        samples: &[i64],
        root: Option<&Path>,
        choice: &Choice<'_>,
    ) -> Result<Self, Failure> {
        let numbers: Vec<i64> = match by {
            SelectionUnit::Sample => {
                return Ok(Self { of: (0..samples.len()).collect(), count: samples.len() });
            }
            SelectionUnit::Class => samples.iter().map(|i| choice.label(*i)).collect(),
            SelectionUnit::Group(of) => {
                let all = choice.grouping(of, root)?;
                samples.iter().map(|i| all[*i as usize]).collect()
            }
        };
        let mut distinct = numbers.clone();
        distinct.sort_unstable();
        distinct.dedup();
        let of = numbers.iter().map(|n| distinct.partition_point(|d| d < n)).collect();
        Ok(Self { of, count: distinct.len() })
    }

    /// How many units there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The unit of each sample.
    pub(super) fn of_samples(&self) -> &[usize] {
        &self.of
    }

    /// The mean of a number over each unit's samples.
    pub(super) fn means(&self, of_samples: &[f64]) -> Vec<f64> {
        let (mut sums, mut sizes) = (vec![0.0; self.count], vec![0usize; self.count]);
        for (number, unit) in of_samples.iter().zip(&self.of) {
            sums[*unit] += number;
            sizes[*unit] += 1;
        }
        sums.iter().zip(sizes).map(|(sum, n)| sum / n.max(1) as f64).collect()
    }

    /// The units of a set of samples; both ascending.
    pub(super) fn of_set(&self, samples: &[i64], set: &[i64]) -> Vec<usize> {
        let in_set = samples.iter().zip(&self.of).filter(|(i, _)| set.binary_search(i).is_ok());
        let mut units: Vec<usize> = in_set.map(|(_, unit)| *unit).collect();
        units.sort_unstable();
        units.dedup();
        units
    }

    /// The samples of some units.
    pub(super) fn samples(&self, samples: &[i64], units: &[usize]) -> Vec<i64> {
        let mut chosen = vec![false; self.count];
        units.iter().for_each(|unit| chosen[*unit] = true);
        samples.iter().zip(&self.of).filter(|(_, unit)| chosen[**unit]).map(|(i, _)| *i).collect()
    }
}
