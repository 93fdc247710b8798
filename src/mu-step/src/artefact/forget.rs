//! Of a `select` step: the forget set, and how it was found.

use serde::{Deserialize, Serialize};

use super::file::{Array, Record};

/// The numbers of the samples, ascending.
pub const FORGET: Array<i64> = Array::new("forget.npy");

/// The same as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ForgetList(pub Vec<i64>);

impl Record for ForgetList {
    const FILE: &'static str = "forget.json";
}

/// What people should know of the set, a sentence each; not there where there is nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Notes(pub Vec<String>);

impl Record for Notes {
    const FILE: &'static str = "notes.json";
}

/// The rounds of a worst-case selection, in order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rounds(pub Vec<Round>);

impl Record for Rounds {
    const FILE: &'static str = "rounds.json";
}

/// A round. Overlaps are Jaccard indices of the units chosen: |a ∩ b| / |a ∪ b|.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Round {
    /// From 0.
    pub round: usize,
    /// The mean loss of the set that the round's model was made without, by this model. Where weights are moved, the upper
    /// level's objective instead: Σ w_u ℓ_u + γ w_u².
    pub objective: f64,
    /// Of the set that the round chose with the first set.
    pub overlap_start: f64,
    /// With the set of the round before.
    pub overlap: f64,
    /// With the set of two rounds before.
    pub overlap_before: f64,
    /// What the round took, seconds.
    pub seconds: f64,
}

/// Of a worst case by class or group: the sets that were left out so far, in order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Trials(pub Vec<Trial>);

impl Record for Trials {
    const FILE: &'static str = "trials.json";
}

/// A set of units that a model was made without.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Classes or groups, numbered from 0 in the order of their names; ascending.
    pub units: Vec<usize>,
    /// The mean cross-entropy of each one's samples under this model.
    pub losses: Vec<f64>,
}

/// Of the published update: the weight of each unit after the last round.
pub const WEIGHTS: Array<f64> = Array::new("weights.npy");

/// Of a worst case: the sum of each training sample's losses over the models so far.
pub const LOSSES: Array<f64> = Array::new("losses.npy");

/// Of a worst case by sample: the same over the models that were made without the sample.
pub const LEFT_OUT_LOSSES: Array<f64> = Array::new("left_out_losses.npy");
