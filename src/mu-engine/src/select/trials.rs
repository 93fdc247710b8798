//! Which classes or groups a search for the worst case leaves out next, by the sets that it left out so far.
//!
//! A class that no model was trained on changes its loss by orders of magnitude. So a unit is judged by the models that were made
//! without it, and by no other. What a unit loses depends on its company: a half of a class is easy to tell by the other half, and
//! hard to tell without it. A model that lacks more samples tells a unit no better, so a unit's least loss over all sets bounds its
//! loss alone. Where its loss in a set is more than twice that, one of the others must be the cause. Those are not suspected beside
//! whom one of the two had a low loss in any set. A set to be tried counts a unit with its least loss, or with its loss in a set all
//! of whose suspects are there.
//!
//! Every unit is left out once, in the order of the losses, and a second time in drawn company. After that a round tries the set
//! that these losses say is the hardest. Where that set was tried before, it leaves out those units again that were left out least
//! often, in drawn company; a single unit is tried again instead. The last round takes the hardest of the sets that were tried.

use std::collections::BTreeMap;

use mu_step::artefact::Trial;

use super::rank::{Ties, ascending};
use crate::draw::Draws;

/// A loss of more than so many times a unit's least has a cause.
const CAUSED: f64 = 2.0;

/// How many units are looked at for each place of the easiest set.
const EASIEST: usize = 64;

/// A set that was left out at least once.
struct Tried {
    units: Vec<usize>,
    /// The mean loss of each unit over the set's models.
    losses: Vec<f64>,
    /// Of each unit: which others of the set may be the cause of its loss; none where it has none.
    suspects: Vec<Vec<usize>>,
}

/// The sets that were left out, and how a loss is read.
pub(super) struct Search {
    tried: Vec<Tried>,
    /// Of each unit: the sets that held it, with its place in each.
    of: Vec<Vec<(usize, usize)>>,
    /// The least loss of each unit.
    least: Vec<f64>,
    budget: usize,
    reverse: bool,
}

impl Search {
    /// For sets of `budget` of `count` units, of the smallest losses, or of the largest where `reverse`.
    pub(super) fn new(trials: &[Trial], count: usize, budget: usize, reverse: bool) -> Self {
        let mut sums: BTreeMap<&[usize], (f64, Vec<f64>)> = BTreeMap::new();
        for trial in trials {
            let (times, sum) =
                sums.entry(&trial.units).or_insert_with(|| (0.0, vec![0.0; trial.units.len()]));
            *times += 1.0;
            sum.iter_mut().zip(&trial.losses).for_each(|(sum, loss)| *sum += loss);
        }
        let mut search =
            Self { tried: Vec::new(), of: vec![Vec::new(); count], least: vec![0.0; count], budget, reverse };
        for (units, (times, sum)) in sums {
            for (place, unit) in units.iter().enumerate() {
                search.of[*unit].push((search.tried.len(), place));
            }
            let losses = sum.into_iter().map(|sum| sum / times).collect();
            search.tried.push(Tried { units: units.to_vec(), losses, suspects: Vec::new() });
        }
        for (least, sets) in search.least.iter_mut().zip(&search.of) {
            let losses = sets.iter().map(|(set, place)| search.tried[*set].losses[*place]);
            *least = losses.fold(f64::INFINITY, f64::min);
        }
        let suspects: Vec<Vec<Vec<usize>>> = search.tried.iter().map(|set| search.suspects(set)).collect();
        search.tried.iter_mut().zip(suspects).for_each(|(set, suspects)| set.suspects = suspects);
        search
    }

    /// The hardest of the sets that were tried; none where there is none.
    pub(super) fn hardest(&self) -> Option<Vec<usize>> {
        let sum = |tried: &Tried| self.sign() * tried.losses.iter().sum::<f64>();
        self.tried.iter().min_by(|a, b| sum(a).total_cmp(&sum(b))).map(|tried| tried.units.clone())
    }

    /// What a round tries, ascending. `prior` orders the units that were not left out yet, from the first to the last.
    pub(super) fn next(&self, prior: &[f64], ties: &Ties, draws: Draws, round: usize) -> Vec<usize> {
        let all = 0..self.of.len();
        let untried: Vec<usize> = all.clone().filter(|unit| self.of[*unit].is_empty()).collect();
        let mut first = ascending(&untried, |unit| prior[unit], ties);
        if first.is_empty() {
            let hardest = self.fill(Vec::new(), ties);
            let twice = all.clone().all(|unit| self.of[unit].len() > 1);
            let known = self.tried.iter().any(|tried| tried.units == hardest);
            if self.budget == 1 || twice && !known {
                return hardest;
            }
            // The units that were left out least often, in drawn company.
            first = all.collect();
            draws.stream("company", round).shuffle(&mut first);
            first.sort_by_key(|unit| self.of[*unit].len());
        }
        first.truncate(self.budget);
        self.fill(first, ties)
    }

    fn sign(&self) -> f64 {
        if self.reverse { -1.0 } else { 1.0 }
    }

    /// Whether a unit's loss in a set has no cause in it.
    fn is_low(&self, set: &Tried, place: usize) -> bool {
        set.losses[place] <= CAUSED * self.least[set.units[place]]
    }

    /// Of each unit of a set: who may be the cause of its loss.
    fn suspects(&self, set: &Tried) -> Vec<Vec<usize>> {
        let of = |place: usize| -> Vec<usize> {
            if self.is_low(set, place) {
                return Vec::new();
            }
            let unit = set.units[place];
            let others = set.units.iter().copied().filter(|other| *other != unit);
            others.filter(|other| !self.are_apart(unit, *other)).collect()
        };
        (0..set.units.len()).map(of).collect()
    }

    /// Whether one of two units had a low loss beside the other.
    fn are_apart(&self, one: usize, other: usize) -> bool {
        self.of[one].iter().any(|(at, place)| {
            let set = &self.tried[*at];
            set.units
                .binary_search(&other)
                .is_ok_and(|beside| self.is_low(set, *place) || self.is_low(set, beside))
        })
    }

    /// A set made whole: unit after unit, each the one that costs least. Ascending.
    fn fill(&self, first: Vec<usize>, ties: &Ties) -> Vec<usize> {
        let rest: Vec<usize> =
            (0..self.of.len()).filter(|unit| !self.of[*unit].is_empty() && !first.contains(unit)).collect();
        let mut rest = ascending(&rest, |unit| self.sign() * self.least[unit], ties);
        // Of the easiest set no bound says when to stop looking.
        let candidates = if self.reverse { EASIEST } else { usize::MAX };
        let mut set = Chosen::new(self);
        first.into_iter().for_each(|unit| set.add(unit));
        while set.units.len() < self.budget && !rest.is_empty() {
            let mut best = (f64::INFINITY, 0);
            for (at, unit) in rest.iter().take(candidates).enumerate() {
                // A unit costs no less in company than alone, and those that follow cost more alone.
                if !self.reverse && self.least[*unit] >= best.0 {
                    break;
                }
                let cost = self.sign() * set.cost(*unit);
                if cost < best.0 {
                    best = (cost, at);
                }
            }
            set.add(rest.remove(best.1));
        }
        set.units.sort_unstable();
        set.units
    }
}

/// A set on its way, and what its units are thought to lose.
struct Chosen<'a> {
    search: &'a Search,
    units: Vec<usize>,
    /// Of each unit in the set: its loss; none of the others.
    losses: Vec<Option<f64>>,
    /// Of each tried set and each of its units: how many of its suspects are in the set.
    there: Vec<Vec<usize>>,
}

impl<'a> Chosen<'a> {
    fn new(search: &'a Search) -> Self {
        let there = search.tried.iter().map(|set| vec![0; set.units.len()]).collect();
        Self { search, units: Vec::new(), losses: vec![None; search.of.len()], there }
    }

    /// Whether the cause of a unit's loss in a tried set is in this set, with `more` suspects than there are: all suspects are,
    /// or any where the easiest set is sought, since either way what is not known is taken to be what is hoped for.
    fn is_caused(&self, set: usize, place: usize, more: usize) -> bool {
        let (there, all) = (self.there[set][place] + more, self.search.tried[set].suspects[place].len());
        all > 0 && if self.search.reverse { there > 0 } else { there == all }
    }

    /// What a unit would lose in the set.
    fn loss(&self, unit: usize) -> f64 {
        let caused = self.search.of[unit].iter().filter(|(set, place)| self.is_caused(*set, *place, 0));
        let losses = caused.map(|(set, place)| self.search.tried[*set].losses[*place]);
        losses.fold(self.search.least[unit], f64::max)
    }

    /// What the set's losses would grow by with a unit.
    fn cost(&self, unit: usize) -> f64 {
        let mut grown: BTreeMap<usize, f64> = BTreeMap::new();
        for (at, _) in &self.search.of[unit] {
            let set = &self.search.tried[*at];
            for (place, other) in set.units.iter().enumerate() {
                let Some(known) = self.losses[*other] else { continue };
                let suspected = set.suspects[place].binary_search(&unit).is_ok();
                if suspected && self.is_caused(*at, place, 1) && set.losses[place] > known {
                    let most = grown.entry(*other).or_insert(0.0);
                    *most = most.max(set.losses[place] - known);
                }
            }
        }
        self.loss(unit) + grown.values().sum::<f64>()
    }

    fn add(&mut self, unit: usize) {
        for (at, _) in &self.search.of[unit] {
            let set = &self.search.tried[*at];
            for (place, suspects) in set.suspects.iter().enumerate() {
                self.there[*at][place] += usize::from(suspects.binary_search(&unit).is_ok());
            }
        }
        self.units.push(unit);
        self.losses[unit] = Some(self.loss(unit));
        for (at, _) in &self.search.of[unit] {
            for other in &self.search.tried[*at].units {
                if self.losses[*other].is_some() {
                    self.losses[*other] = Some(self.loss(*other));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAWS: Draws = Draws { seed: 5, stage: "select" };

    /// Twenty halves of ten classes. A half loses little alone (less the lower its class), and much beside the other half.
    fn loss(unit: usize, set: &[usize]) -> f64 {
        let like = set.contains(&(unit ^ 1));
        (unit / 2 + 1) as f64 * 0.01 + (set.len() as f64) * 0.001 + f64::from(u8::from(like)) * 5.0
    }

    fn search(budget: usize, rounds: usize, reverse: bool) -> (Vec<Vec<usize>>, Vec<usize>) {
        let (mut trials, mut sets) = (Vec::new(), Vec::new());
        // As known to the original model, the halves of a class are equally easy, and those of later classes are easier.
        let prior: Vec<f64> = (0..20).map(|unit| -((unit / 2) as f64)).collect();
        let ties = Ties::draw(DRAWS, 20);
        for round in 0..rounds {
            let set = Search::new(&trials, 20, budget, reverse).next(&prior, &ties, DRAWS, round);
            assert_eq!(set.len(), budget);
            let losses = set.iter().map(|unit| loss(*unit, &set)).collect();
            trials.push(Trial { units: set.clone(), losses });
            sets.push(set);
        }
        (sets, Search::new(&trials, 20, budget, reverse).hardest().unwrap())
    }

    #[test]
    fn halves_of_a_class_are_parted_and_the_hardest_set_is_found() {
        let (sets, hardest) = search(4, 20, false);
        // The first five rounds leave out both halves of a class each time, five rounds more leave out each unit again.
        for unit in 0..20 {
            let times = |rounds: &[Vec<usize>]| rounds.iter().filter(|set| set.contains(&unit)).count();
            assert_eq!((times(&sets[..5]), times(&sets[..10])), (1, 2), "unit {unit}");
        }
        let classes: Vec<usize> = hardest.iter().map(|unit| unit / 2).collect();
        assert_eq!(classes, [0, 1, 2, 3], "one half of each of the four hardest classes: {hardest:?}");
    }

    #[test]
    fn single_units_are_each_tried_once_and_the_hardest_is_kept() {
        let (sets, hardest) = search(1, 23, false);
        let mut first: Vec<usize> = sets[..20].concat();
        first.sort_unstable();
        assert_eq!(first, (0..20).collect::<Vec<_>>());
        assert!(hardest[0] < 2 && sets[20..].iter().all(|set| set[0] < 2), "{hardest:?} {sets:?}");
    }

    #[test]
    fn the_easiest_set_is_one_of_whole_classes() {
        let (_, easiest) = search(4, 20, true);
        assert!(easiest.iter().filter(|unit| easiest.contains(&(**unit ^ 1))).count() == 4, "{easiest:?}");
    }

    #[test]
    fn a_set_that_was_tried_twice_counts_with_its_mean() {
        let trial = |unit, loss| Trial { units: vec![unit], losses: vec![loss] };
        let trials = [trial(0, 0.1), trial(1, 0.3), trial(0, 0.7)];
        assert_eq!(
            Search::new(&trials, 2, 1, false).hardest(),
            Some(vec![1]),
            "0.3 is less than (0.1 + 0.7) / 2"
        );
        assert_eq!(Search::new(&trials, 2, 1, true).hardest(), Some(vec![0]));
        assert_eq!(Search::new(&[], 2, 1, false).hardest(), None);
    }
}
