//! Outputs of a model on a part of the data.

use std::collections::{BTreeSet, HashSet};

use mu_step::artefact::{FORGET, OUTPUTS};
use mu_step::{Failure, FailureKind, On, StepKey};
use tch::{Device, Kind, TchError, Tensor};

use crate::artefact::{Tensors, read_tensors, store_failure};
use crate::context::Context;
use crate::torch;

/// Cross-entropy of each of some samples in nats, computed in float64: logits [n, classes], labels [n].
pub(crate) fn cross_entropy(logits: &Tensor, labels: &Tensor) -> Result<Vec<f64>, TchError> {
    let log_p = logits.f_log_softmax(-1, Kind::Double)?;
    let each = log_p.f_gather(1, &labels.f_unsqueeze(1)?, false)?.f_squeeze_dim(1)?.f_neg()?;
    Vec::<f64>::try_from(each.f_to_device(Device::Cpu)?)
}

/// Outputs of a model on a part of the data.
#[derive(Default)]
pub(crate) struct Outputs {
    /// Logits, one row per sample.
    pub(crate) logits: Vec<Vec<f64>>,
    pub(crate) labels: Vec<usize>,
    /// The classes whose samples a part without forgotten classes leaves out.
    pub(crate) left_out: Vec<i64>,
}

impl Outputs {
    /// Those of a part. A forget set may have samples that were not trained on: they count as forgotten, and as nothing else.
    pub(super) fn open(infer: StepKey, on: On, forget: StepKey, context: &Context) -> Result<Self, Failure> {
        let forget: HashSet<i64> =
            context.input(forget)?.array(FORGET).map_err(store_failure)?.into_iter().collect();
        let all = read_tensors(&context.input(infer)?, OUTPUTS, tch::Device::Cpu)?;
        if all.contains_key("forget.logits") {
            return Self::judged(&all, on);
        }
        let held_out = |part, left_out: Vec<i64>| {
            // Test samples are no training samples: a forget set has none of them, whatever their numbers.
            let is_own = |i| part == "test" || !forget.contains(&i);
            let kept = |i, class| is_own(i) && !left_out.contains(&class);
            let found = Self::part(&all, part, kept)?;
            Ok::<_, Failure>(Self { left_out, ..found })
        };
        let found = match on {
            On::Forget => {
                let mut own = Self::part(&all, "train", |i, _| forget.contains(&i))?;
                let held_out = Self::part(&all, "validation", |i, _| forget.contains(&i))?;
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
            On::Retain => Self::part(&all, "train", |i, _| !forget.contains(&i))?,
            On::Validation => held_out("validation", Vec::new())?,
            On::ValidationRetained => held_out("validation", forgotten_whole(&all, &forget)?)?,
            On::Test => held_out("test", Vec::new())?,
            On::TestRetained => held_out("test", forgotten_whole(&all, &forget)?)?,
        };
        if found.labels.is_empty() {
            let message = match on {
                On::ValidationRetained | On::TestRetained if !found.left_out.is_empty() => {
                    "every held-out sample is of a class that is forgotten whole".to_owned()
                }
                _ => format!("there are no {} samples", word(on)),
            };
            return Err(Failure::new(FailureKind::BadData, message));
        }
        Ok(found)
    }

    /// What a judge says of a denoiser's images: of conditions that are forgotten whole, or of the others.
    fn judged(all: &Tensors, on: On) -> Result<Self, Failure> {
        let bad = |message: &str| Err(Failure::new(FailureKind::BadData, message));
        let part = match on {
            On::Forget => "forget",
            On::Retain => "retain",
            On::Validation | On::ValidationRetained | On::Test | On::TestRetained => {
                return bad(
                    "a denoiser's images are of the forget or of the retain set, not of held-out samples",
                );
            }
        };
        let found = Self::part(all, part, |_, _| true)?;
        match (found.labels.is_empty(), on) {
            (false, _) => Ok(found),
            (true, On::Forget) => bad(
                "no condition is forgotten: that is one all of whose training samples are in the forget set",
            ),
            (true, _) => bad("every condition is forgotten"),
        }
    }

    /// Those of the training samples, in their order.
    pub(crate) fn training(infer: StepKey, context: &Context) -> Result<Self, Failure> {
        Self::part(&read_tensors(&context.input(infer)?, OUTPUTS, tch::Device::Cpu)?, "train", |_, _| true)
    }

    /// Cross-entropy of each training sample, in their order.
    pub(crate) fn training_losses(infer: StepKey, context: &Context) -> Result<Vec<f64>, Failure> {
        let all = read_tensors(&context.input(infer)?, OUTPUTS, Device::Cpu)?;
        if let Some(losses) = all.get("train.losses") {
            return Vec::<f64>::try_from(losses).map_err(|e| torch::failed(&e));
        }
        let (logits, labels) = (get(&all, "train", "logits")?, get(&all, "train", "labels")?);
        cross_entropy(logits, labels).map_err(|e| torch::failed(&e))
    }

    /// The samples of a part that are wanted, by number and class.
    fn part(all: &Tensors, part: &str, wanted: impl Fn(i64, i64) -> bool) -> Result<Self, Failure> {
        let logits = get(all, part, "logits")?.to_kind(tch::Kind::Double);
        let logits = Vec::<Vec<f64>>::try_from(logits).map_err(|e: TchError| torch::failed(&e))?;
        let (labels, index) = (numbers(all, part, "labels")?, numbers(all, part, "index")?);
        let mut found = Self::default();
        for ((row, label), index) in logits.into_iter().zip(labels).zip(index) {
            if wanted(index, label) {
                found.logits.push(row);
                found.labels.push(label as usize);
            }
        }
        Ok(found)
    }

    pub(crate) fn len(&self) -> usize {
        self.labels.len()
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

fn get<'t>(all: &'t Tensors, part: &str, name: &str) -> Result<&'t Tensor, Failure> {
    let missing = || Failure::new(FailureKind::Store, "the outputs object lacks a part");
    all.get(&format!("{part}.{name}")).ok_or_else(missing)
}

fn numbers(all: &Tensors, part: &str, name: &str) -> Result<Vec<i64>, Failure> {
    Vec::<i64>::try_from(get(all, part, name)?).map_err(|e: TchError| torch::failed(&e))
}

/// The classes that have training samples, all of them in the forget set; ascending.
pub(super) fn forgotten_whole(all: &Tensors, forget: &HashSet<i64>) -> Result<Vec<i64>, Failure> {
    let (labels, index) = (numbers(all, "train", "labels")?, numbers(all, "train", "index")?);
    let of = |forgotten: bool| -> BTreeSet<i64> {
        let samples = labels.iter().zip(&index).filter(|(_, i)| forget.contains(i) == forgotten);
        samples.map(|(label, _)| *label).collect()
    };
    Ok(of(true).difference(&of(false)).copied().collect())
}

pub(super) fn word(on: On) -> &'static str {
    match on {
        On::Forget => "forget",
        On::Retain => "retain",
        On::Validation | On::ValidationRetained => "validation",
        On::Test | On::TestRetained => "test",
    }
}
