//! Ranks: samples, or units, by a number. Equal numbers are put in a random order, which is drawn from a stream of its own: sample
//! numbers often follow the classes, so an order by sample number would choose one class.

use crate::draw::Draws;

/// A random order in which equal numbers are ranked.
pub(super) struct Ties(Vec<usize>);

impl Ties {
    /// For `count` candidates.
    pub(super) fn draw(draws: Draws, count: usize) -> Self {
        Self(draws.stream("ties", 0).permutation(count))
    }

    /// Whether candidate `a` comes before `b`, which has the same number.
    fn order(&self, a: usize, b: usize) -> std::cmp::Ordering {
        self.0[a].cmp(&self.0[b])
    }
}

/// Candidates from the smallest number to the largest.
pub(super) fn ascending(of: &[usize], number: impl Fn(usize) -> f64, ties: &Ties) -> Vec<usize> {
    let mut order = of.to_vec();
    order.sort_unstable_by(|a, b| number(*a).total_cmp(&number(*b)).then(ties.order(*a, *b)));
    order
}

/// Equal numbers at an edge of what was chosen: some of the candidates that have the number were chosen, the others were not.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub(super) struct Tied {
    /// The number.
    pub(super) value: f64,
    /// How many of those that have it were chosen.
    pub(super) chosen: usize,
    /// How many have it.
    pub(super) of: usize,
}

/// The ties at both edges of a part of an order.
pub(super) fn tied(
    order: &[usize],
    chosen: std::ops::Range<usize>,
    number: impl Fn(usize) -> f64,
) -> Vec<Tied> {
    let mut found: Vec<Tied> = Vec::new();
    for edge in [chosen.start, chosen.end] {
        if edge == 0 || edge >= order.len() || chosen.is_empty() {
            continue;
        }
        let value = number(order[edge]);
        if number(order[edge - 1]) != value || found.iter().any(|t| t.value == value) {
            continue;
        }
        let first = order.partition_point(|i| number(*i) < value);
        let last = order.partition_point(|i| number(*i) <= value);
        let inside = last.min(chosen.end) - first.max(chosen.start);
        found.push(Tied { value, chosen: inside, of: last - first });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAWS: Draws = Draws { seed: 3, stage: "select" };

    #[test]
    fn equal_numbers_are_drawn_and_others_are_ranked() {
        // Candidates in the order of two classes, whose scores are equal but for two.
        let scores: Vec<f64> =
            (0..1000).map(|i| if i == 700 { -1.0 } else { f64::from(u8::from(i == 10)) }).collect();
        let all: Vec<usize> = (0..1000).collect();
        let number = |i: usize| scores[i];
        let order = ascending(&all, number, &Ties::draw(DRAWS, 1000));
        assert_eq!((order[0], order[999]), (700, 10));
        let first_class = order[1..101].iter().filter(|i| **i < 500).count();
        assert!((30..70).contains(&first_class), "{first_class} of 100 are of the first half");
        let other = ascending(&all, number, &Ties::draw(Draws { seed: 4, ..DRAWS }, 1000));
        assert_ne!(order[1..101], other[1..101], "another seed draws others");
        assert_eq!(order, ascending(&all, number, &Ties::draw(DRAWS, 1000)));
    }

    #[test]
    fn ties_are_counted_at_the_edges_only() {
        let scores = [0.0, 0.0, 0.0, 1.0, 2.0, 2.0];
        let order: Vec<usize> = (0..6).collect();
        let count = |chosen| tied(&order, chosen, |i| scores[i]);
        assert_eq!(count(0..2), [Tied { value: 0.0, chosen: 2, of: 3 }]);
        assert_eq!(count(0..3), []);
        assert_eq!(
            count(2..5),
            [Tied { value: 0.0, chosen: 1, of: 3 }, Tied { value: 2.0, chosen: 1, of: 2 }]
        );
        assert_eq!(count(1..2), [Tied { value: 0.0, chosen: 1, of: 3 }]);
        assert_eq!(count(0..6), []);
    }
}
