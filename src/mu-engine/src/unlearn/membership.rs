//! How much each sample belongs to the forget set.

use mu_step::{Portion, Set};

use crate::data::Dataset;
use crate::draw::Draws;

/// w_i by sample number of the training part: sample i is forgotten with weight w_i and retained with 1 − w_i.
#[derive(Clone)]
pub(crate) struct Membership {
    forget: Vec<f32>,
    /// The samples that sets run over, ascending: those that train, and what is forgotten without having been trained on.
    samples: Vec<i64>,
    /// Whether weights may lie between 0 and 1; every sample is then in every set.
    weighted: bool,
}

impl Membership {
    /// Nothing is to be forgotten.
    pub(crate) fn none(data: &Dataset) -> Self {
        Self::of(data, &[])
    }

    /// A set of sample numbers.
    pub(crate) fn of(data: &Dataset, forget: &[i64]) -> Self {
        let mut weights = vec![0.0; data.train.labels.size()[0] as usize];
        forget.iter().for_each(|i| weights[*i as usize] = 1.0);
        let mut samples = data.training.clone();
        samples.extend(forget.iter().filter(|i| data.training.binary_search(i).is_err()));
        samples.sort_unstable();
        Self { forget: weights, samples, weighted: false }
    }

    /// Weights of the training samples, in their order.
    pub(crate) fn weighted(data: &Dataset, weights: &[f64]) -> Self {
        let mut all = vec![0.0; data.train.labels.size()[0] as usize];
        data.training.iter().zip(weights).for_each(|(i, w)| all[*i as usize] = *w as f32);
        Self { forget: all, samples: data.training.clone(), weighted: true }
    }

    /// Only `part` of the forget set is forgotten now: samples of `gone` are in no set any more, the others retained.
    pub(crate) fn part(&self, part: &[i64], gone: &[i64]) -> Self {
        let mut forget = vec![0.0; self.forget.len()];
        part.iter().for_each(|i| forget[*i as usize] = self.forget[*i as usize]);
        let samples = self.samples.iter().copied().filter(|i| !gone.contains(i)).collect();
        Self { forget, samples, weighted: self.weighted }
    }

    /// The weight of a sample.
    pub(super) fn weight(&self, sample: i64) -> f32 {
        self.forget[sample as usize]
    }

    /// Everything that is forgotten, ascending.
    pub(super) fn forgotten(&self) -> Vec<i64> {
        self.members(Set::Forget)
    }

    /// The samples of a set, ascending.
    pub(super) fn members(&self, set: Set) -> Vec<i64> {
        let belongs = |i: &i64| self.weighted || (self.weight(*i) > 0.5) == (set == Set::Forget);
        self.samples.iter().copied().filter(belongs).collect()
    }

    /// How many samples of a set a phase runs over.
    pub(super) fn size(&self, portion: &Portion) -> usize {
        (portion.share * self.members(portion.set).len() as f64).round() as usize
    }

    /// The samples of sets shuffled together, ascending; shares of sets are drawn.
    pub(super) fn portions(&self, over: &[Portion], draws: Draws, index: usize) -> Vec<i64> {
        let mut all = Vec::new();
        for (at, portion) in over.iter().enumerate() {
            let mut members = self.members(portion.set);
            if portion.share < 1.0 {
                draws.stream("portion", index + at).shuffle(&mut members);
                members.truncate((portion.share * members.len() as f64).round() as usize);
            }
            all.extend(members);
        }
        all.sort_unstable();
        all.dedup();
        all
    }
}
