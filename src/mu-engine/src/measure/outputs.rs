//! Outputs of a model on a part of the data.

use std::collections::HashSet;

use mu_step::{Failure, FailureKind, On, StepKey};
use tch::{Device, Kind, TchError, Tensor};

use crate::artefact::{read_index, read_tensors};
use crate::run_step::Context;
use crate::torch;

/// The file of an `infer` step.
pub(super) const FILE: &str = "outputs.safetensors";

/// Cross-entropy of each of some samples in nats, computed in float64: logits [n, classes], labels [n].
pub(crate) fn cross_entropy(logits: &Tensor, labels: &Tensor) -> Result<Vec<f64>, TchError> {
    let log_p = logits.f_log_softmax(-1, Kind::Double)?;
    let each = log_p.f_gather(1, &labels.f_unsqueeze(1)?, false)?.f_squeeze_dim(1)?.f_neg()?;
    Vec::<f64>::try_from(each.f_to_device(Device::Cpu)?)
}

/// Outputs of a model on a part of the data.
pub(crate) struct Outputs {
    /// Logits, one row per sample.
    pub(crate) logits: Vec<Vec<f64>>,
    pub(crate) labels: Vec<usize>,
}

impl Outputs {
    /// Those of a part. A forget set may have samples that were not trained on: they count as forgotten, and as nothing else.
    pub(super) fn open(infer: StepKey, on: On, forget: StepKey, context: &Context) -> Result<Self, Failure> {
        let forget: HashSet<i64> = read_index(&context.input(forget)?, "forget.npy")?.into_iter().collect();
        let found = match on {
            On::Forget => {
                let mut own = Self::part(infer, "train", context, |i| forget.contains(&i))?;
                let held_out = Self::part(infer, "validation", context, |i| forget.contains(&i))?;
                own.logits.extend(held_out.logits);
                own.labels.extend(held_out.labels);
                if own.labels.len() != forget.len() {
                    return Err(Failure::new(
                        FailureKind::Store,
                        "the outputs lack samples of the forget set",
                    ));
                }
                own
            }
            On::Retain => Self::part(infer, "train", context, |i| !forget.contains(&i))?,
            On::Validation => Self::part(infer, "validation", context, |i| !forget.contains(&i))?,
            On::Test => Self::part(infer, "test", context, |_| true)?,
        };
        if found.labels.is_empty() {
            let message = format!("there are no {on:?} samples").to_lowercase();
            return Err(Failure::new(FailureKind::BadData, message));
        }
        Ok(found)
    }

    /// Those of the training samples, in their order.
    pub(crate) fn training(infer: StepKey, context: &Context) -> Result<Self, Failure> {
        Self::part(infer, "train", context, |_| true)
    }

    /// Cross-entropy of each training sample, in their order.
    pub(crate) fn training_losses(infer: StepKey, context: &Context) -> Result<Vec<f64>, Failure> {
        let tensors = read_tensors(&context.input(infer)?, FILE, tch::Device::Cpu)?;
        let missing = || Failure::new(FailureKind::Store, "the outputs object lacks a part");
        let (logits, labels) =
            tensors.get("train.logits").zip(tensors.get("train.labels")).ok_or_else(missing)?;
        cross_entropy(logits, labels).map_err(|e| torch::failed(&e))
    }

    fn part(
        infer: StepKey,
        part: &str,
        context: &Context,
        wanted: impl Fn(i64) -> bool,
    ) -> Result<Self, Failure> {
        let tensors = read_tensors(&context.input(infer)?, FILE, tch::Device::Cpu)?;
        let missing = || Failure::new(FailureKind::Store, "the outputs object lacks a part");
        let get = |name: &str| tensors.get(&format!("{part}.{name}")).ok_or_else(missing);
        let failed = |e: TchError| torch::failed(&e);
        let logits = Vec::<Vec<f64>>::try_from(get("logits")?.to_kind(tch::Kind::Double)).map_err(failed)?;
        let labels = Vec::<i64>::try_from(get("labels")?).map_err(failed)?;
        let index = Vec::<i64>::try_from(get("index")?).map_err(failed)?;
        let mut found = Self { logits: Vec::new(), labels: Vec::new() };
        for ((row, label), index) in logits.into_iter().zip(labels).zip(index) {
            if wanted(index) {
                found.logits.push(row);
                found.labels.push(label as usize);
            }
        }
        Ok(found)
    }

    pub(crate) fn len(&self) -> usize {
        self.labels.len()
    }

    /// Cross-entropy of a sample.
    pub(crate) fn loss(&self, i: usize) -> f64 {
        let row = &self.logits[i];
        let max = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        max + row.iter().map(|l| (l - max).exp()).sum::<f64>().ln() - row[self.labels[i]]
    }

    /// The first largest logit is the prediction.
    pub(crate) fn prediction(&self, i: usize) -> usize {
        let row = &self.logits[i];
        (0..row.len()).fold(0, |best, k| if row[k] > row[best] { k } else { best })
    }

    pub(crate) fn correct(&self, i: usize) -> bool {
        self.prediction(i) == self.labels[i]
    }

    /// Softmax probabilities of a sample.
    pub(crate) fn probabilities(&self, i: usize) -> Vec<f64> {
        let row = &self.logits[i];
        let max = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let exps: Vec<f64> = row.iter().map(|l| (l - max).exp()).collect();
        let sum: f64 = exps.iter().sum();
        exps.into_iter().map(|e| e / sum).collect()
    }
}
