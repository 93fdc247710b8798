//! What a selection chooses from, and the choices that are no optimisation: draws, classes, groups, files, ranks and sets of others.

use std::cell::RefCell;
use std::ops::Range;
use std::path::Path;

use mu_step::artefact::{FORGET, SCORES};
use mu_step::{Budget, Failure, Grouping, Join, Ranks, Selection, StepKey};

use super::file;
use super::rank::{self, Tied, Ties};
use crate::artefact::store_failure;
use crate::context::Context;
use crate::data::groups_of;
use crate::draw::Draws;

/// What a selection chooses from, and with what.
pub(super) struct Choice<'a> {
    pub(super) context: &'a Context,
    pub(super) data: StepKey,
    /// Sample numbers that train, ascending.
    pub(super) training: Vec<i64>,
    /// Those that may be chosen, ascending.
    pub(super) from: Vec<i64>,
    /// Those of them that requests before this one asked for, ascending: shares count them, and none is chosen.
    pub(super) gone: Vec<i64>,
    /// Labels by sample number.
    pub(super) labels: Vec<i64>,
    pub(super) draws: Draws,
    /// What people should know of the set, in words.
    pub(super) notes: RefCell<Vec<String>>,
}

impl Choice<'_> {
    /// A number for each sample of the training part.
    pub(super) fn grouping(&self, of: &Grouping, root: Option<&Path>) -> Result<Vec<i64>, Failure> {
        match of {
            Grouping::File(digest) => file::numbers(root, digest, self.labels.len()),
            Grouping::Own(name) => groups_of(self.data, name, self.context),
        }
    }

    pub(super) fn of(&self, selection: &Selection, root: Option<&Path>) -> Result<Vec<i64>, Failure> {
        let set = |key: &StepKey| self.context.input(*key)?.array(FORGET).map_err(store_failure);
        Ok(match selection {
            Selection::Random { budget, per_class: false } => {
                self.draw(&self.from, *budget, "random subset", 0)?
            }
            Selection::Random { budget, per_class: true } => {
                self.by_class(|class, members| self.draw(members, *budget, "random subset of class", class))?
            }
            Selection::Class { classes, budget } => {
                let mut all = Vec::new();
                for class in classes {
                    let members: Vec<i64> =
                        self.from.iter().copied().filter(|i| self.label(*i) == *class).collect();
                    if members.is_empty() {
                        return Err(Failure::bad_data(format!(
                            "there are no training samples of class {class}"
                        )));
                    }
                    all.extend(self.draw(&members, *budget, "random subset of class", *class as usize)?);
                }
                all
            }
            Selection::Group { of, groups } => {
                let of = self.grouping(of, root)?;
                self.from.iter().copied().filter(|i| groups.contains(&of[*i as usize])).collect()
            }
            Selection::File { list: digest, training } => {
                let count = if *training { self.training.len() } else { self.labels.len() };
                let mut indices = file::indices(root, digest, count)?;
                if *training {
                    for number in &mut indices {
                        let place = usize::try_from(*number).ok().and_then(|at| self.training.get(at));
                        let count = self.training.len();
                        *number = *place.ok_or_else(|| {
                            Failure::bad_data(format!(
                                "there are {count} training samples, from 0: none is number {number}"
                            ))
                        })?;
                    }
                }
                if let Some(stray) = indices.iter().find(|i| self.training.binary_search(i).is_err()) {
                    let message = format!(
                        "sample {stray} is not a training sample: the training part has {} samples, from 0, of which {} train",
                        self.labels.len(),
                        self.training.len()
                    );
                    return Err(Failure::bad_data(message));
                }
                indices.into_iter().filter(|i| self.from.binary_search(i).is_ok()).collect()
            }
            Selection::Join { how, of: [a, b] } => {
                let (a, b) = (set(a)?, set(b)?);
                let in_b = |i: &i64| b.binary_search(i).is_ok();
                match how {
                    Join::Both => a.iter().copied().filter(in_b).collect(),
                    Join::Without => a.iter().copied().filter(|i| !in_b(i)).collect(),
                    Join::Union => {
                        let mut all = [a, b].concat();
                        all.sort_unstable();
                        all.dedup();
                        all
                    }
                }
            }
            Selection::Complement { of } => self.except(&[set(of)?]),
            Selection::Rest { of } => self.except(&of.iter().map(set).collect::<Result<Vec<_>, _>>()?),
            Selection::Ranked { score, ranks, budget, per_class } => {
                let scores = self.scores(*score)?;
                let ties = Ties::draw(self.draws, self.labels.len());
                let mut tied = Vec::new();
                let mut take = |members: &[i64]| {
                    let budget = match ranks {
                        Ranks::From(_) => *budget,
                        Ranks::Highest | Ranks::Lowest | Ranks::Middle => {
                            Budget::Samples(self.size(members, *budget)?)
                        }
                    };
                    let (order, chosen) = ranked(&self.left(members), &scores, *ranks, budget, &ties)?;
                    tied.extend(rank::tied(&order, chosen.clone(), |i| scores[i]));
                    Ok(order[chosen].iter().map(|i| *i as i64).collect())
                };
                let chosen = match per_class {
                    true => self.by_class(|_, members| take(members))?,
                    false => take(&self.from)?,
                };
                self.notes.borrow_mut().extend(of_ties(&tied));
                chosen
            }
            Selection::Matched { to, score } => self.matched(&set(to)?, *score)?,
            Selection::Untrained { .. } | Selection::WorstCase(_) | Selection::PublishedWorstCase(_) => {
                Vec::new()
            }
        })
    }

    pub(super) fn label(&self, sample: i64) -> i64 {
        self.labels.get(sample as usize).copied().unwrap_or(-1)
    }

    /// A uniform draw.
    pub(super) fn draw(
        &self,
        from: &[i64],
        budget: Budget,
        purpose: &str,
        index: usize,
    ) -> Result<Vec<i64>, Failure> {
        let (m, left) = (self.size(from, budget)?, self.left(from));
        let mut order = self.draws.stream(purpose, index).permutation(left.len());
        order.truncate(m);
        Ok(order.into_iter().map(|p| left[p]).collect())
    }

    /// How many of some samples are chosen: a share counts all of them, and the whole of them is what is left.
    fn size(&self, of: &[i64], budget: Budget) -> Result<usize, Failure> {
        let (m, left) = (budget.samples(of.len()), self.left(of).len());
        match budget {
            Budget::Share(share) if share >= 1.0 => Ok(left),
            Budget::Share(_) | Budget::Samples(_) if m > left => {
                let before = match of.len() - left {
                    0 => String::new(),
                    gone => format!(": the requests before this one asked for {gone}"),
                };
                Err(Failure::bad_data(format!("{m} samples are asked for, there are {left}{before}")))
            }
            Budget::Share(_) | Budget::Samples(_) => Ok(m),
        }
    }

    /// What requests before this one did not ask for.
    pub(super) fn left(&self, of: &[i64]) -> Vec<i64> {
        of.iter().copied().filter(|i| self.gone.binary_search(i).is_err()).collect()
    }

    pub(super) fn by_class(
        &self,
        mut f: impl FnMut(usize, &[i64]) -> Result<Vec<i64>, Failure>,
    ) -> Result<Vec<i64>, Failure> {
        let classes = self.labels.iter().max().map_or(0, |m| m + 1);
        let mut all = Vec::new();
        for class in 0..classes {
            let members: Vec<i64> = self.from.iter().copied().filter(|i| self.label(*i) == class).collect();
            all.extend(f(class as usize, &members)?);
        }
        Ok(all)
    }

    fn except(&self, sets: &[Vec<i64>]) -> Vec<i64> {
        let in_any = |i: &i64| sets.iter().any(|s| s.binary_search(i).is_ok());
        self.from.iter().copied().filter(|i| !in_any(i)).collect()
    }

    /// Scores by sample number; not a number where a sample has none.
    fn scores(&self, key: StepKey) -> Result<Vec<f64>, Failure> {
        let own = self.context.input(key)?.array(SCORES).map_err(store_failure)?;
        let mut all = vec![f64::NAN; self.labels.len()];
        self.training.iter().zip(own).for_each(|(i, score)| all[*i as usize] = score);
        Ok(all)
    }

    /// As many samples of every class, or of every tenth of a score, as a set has.
    fn matched(&self, to: &[i64], score: Option<StepKey>) -> Result<Vec<i64>, Failure> {
        let bins: Vec<usize> = match score {
            None => self.labels.iter().map(|l| *l as usize).collect(),
            Some(key) => {
                let scores = self.scores(key)?;
                let all: Vec<usize> = self.training.iter().map(|i| *i as usize).collect();
                let ties = Ties::draw(self.draws, self.labels.len());
                let order = rank::ascending(&all, |i| scores[i], &ties);
                let mut bins = vec![0; self.labels.len()];
                for (rank, i) in order.iter().enumerate() {
                    bins[*i] = rank * 10 / order.len();
                }
                bins
            }
        };
        let mut all = Vec::new();
        for bin in 0..=bins.iter().copied().max().unwrap_or(0) {
            let of_bin = |i: &i64| bins[*i as usize] == bin;
            let members: Vec<i64> = self.from.iter().copied().filter(of_bin).collect();
            let count = to.iter().filter(|i| of_bin(i)).count();
            all.extend(self.draw(&members, Budget::Samples(count), "matched", bin)?);
        }
        Ok(all)
    }
}

/// Sample numbers from the lowest score to the highest, and the part of them that some ranks are.
fn ranked(
    from: &[i64],
    scores: &[f64],
    ranks: Ranks,
    budget: Budget,
    ties: &Ties,
) -> Result<(Vec<usize>, Range<usize>), Failure> {
    let from: Vec<usize> = from.iter().map(|i| *i as usize).collect();
    let order = rank::ascending(&from, |i| scores[i], ties);
    let (n, m) = (order.len(), budget.samples(from.len()));
    let start = match ranks {
        Ranks::Lowest => 0,
        Ranks::Highest => n.saturating_sub(m),
        Ranks::Middle => n.saturating_sub(m) / 2,
        Ranks::From(share) => (share * n as f64).round() as usize,
    };
    if start + m > n {
        return Err(Failure::bad_data(format!(
            "{m} samples are asked for from rank {start} on, there are {n} ranks"
        )));
    }
    Ok((order, start..start + m))
}

/// What ties mean for a set, in words.
fn of_ties(tied: &[Tied]) -> Option<String> {
    let most = tied.iter().max_by_key(|t| t.of - t.chosen)?;
    let more = match tied.len() {
        1 => String::new(),
        n => format!(" (the largest of {n} ties)"),
    };
    Some(format!(
        "{} samples have the score {} at the edge of the set{more}: {} of them are in the set, drawn by the seed; the score does not \
         rank them",
        most.of,
        score(most.value),
        most.chosen
    ))
}

/// A score in few digits.
fn score(value: f64) -> String {
    if value == 0.0 || (1e-3..1e4).contains(&value.abs()) {
        let text = format!("{value:.4}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        format!("{value:.2e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_counted_from_the_lowest_score() {
        let scores = [5.0, 1.0, 4.0, 2.0, 3.0];
        let ties = Ties::draw(Draws { seed: 0, stage: "select" }, 5);
        let take = |ranks, n| {
            let (order, chosen) =
                ranked(&[0, 1, 2, 3, 4], &scores, ranks, Budget::Samples(n), &ties).unwrap();
            let mut found = order[chosen].to_vec();
            found.sort_unstable();
            found
        };
        assert_eq!(take(Ranks::Lowest, 2), [1, 3]);
        assert_eq!(take(Ranks::Highest, 2), [0, 2]);
        assert_eq!(take(Ranks::Middle, 1), [4]);
        assert_eq!(take(Ranks::From(0.2), 2), [3, 4]);
        assert!(ranked(&[0, 1], &scores, Ranks::From(0.5), Budget::Samples(2), &ties).is_err());
    }
}
