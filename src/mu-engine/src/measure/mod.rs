//! The steps `infer` and `measure`: per-sample outputs once per model, every metric from those.

mod mia;
mod svc;

use std::collections::HashMap;

use mu_step::{Failure, FailureKind, InferSpec, Kernel, MeasureSpec, On, StepKey};
use mu_store::Draft;
use serde::Serialize;
use tch::{TchError, Tensor};

use crate::artefact::{Tensors, read_index, read_tensors, store_failure, write_json, write_tensors};
use crate::data::{Dataset, Images};
use crate::nn::Network;
use crate::run_step::Context;
use crate::torch;
use crate::unlearn::{COST, Cost, weights};

const OUTPUTS: &str = "outputs.safetensors";
/// Samples per forward pass in evaluation mode.
const BATCH: usize = 512;

/// Logits [n, classes] of some samples in evaluation mode, without augmentation and without a graph.
pub(crate) fn outputs(network: &Network<'_>, images: &Images, samples: &[i64]) -> Result<Tensor, TchError> {
    tch::no_grad(|| {
        let mut parts = Vec::new();
        for batch in samples.chunks(BATCH) {
            let index = Tensor::from_slice(batch).f_to_device(images.device())?;
            parts.push(network.forward(&images.batch(&index, None)?, false)?);
        }
        if parts.is_empty() {
            return Tensor::f_zeros([0, network.classes() as i64], (tch::Kind::Float, images.device()));
        }
        Tensor::f_cat(&parts, 0)
    })
}

/// Stores logits, labels and sample numbers of the training, validation and test samples.
pub(crate) fn infer(spec: &InferSpec, context: &Context, draft: &Draft) -> Result<(), Failure> {
    let data = Dataset::open(spec.data, spec.split, &spec.view, context)?;
    let network = Network::with(&spec.graph, &weights(spec.model, context)?).map_err(|name| {
        Failure::new(FailureKind::Kernel, format!("the model has no fitting tensor {name}"))
    })?;
    let test: Vec<i64> = (0..data.test.labels.size()[0]).collect();
    let mut tensors = Tensors::new();
    let parts = [
        ("train", &data.train, &data.training),
        ("validation", &data.train, &data.validation),
        ("test", &data.test, &test),
    ];
    for (part, images, samples) in parts {
        let logits = outputs(&network, images, samples).map_err(|e| torch::failed(&e))?;
        if !torch::is_finite(&logits)? {
            return Err(Failure::new(
                FailureKind::Diverged,
                format!("outputs on the {part} samples are not finite"),
            ));
        }
        let index = Tensor::from_slice(samples);
        let labels = images.labels.f_to_device(tch::Device::Cpu).and_then(|l| l.f_index_select(0, &index));
        tensors.insert(format!("{part}.logits"), logits);
        tensors.insert(format!("{part}.labels"), labels.map_err(|e| torch::failed(&e))?);
        tensors.insert(format!("{part}.index"), index);
    }
    write_tensors(draft, OUTPUTS, &tensors)
}

/// A measured number.
#[derive(Debug, Serialize)]
struct Number {
    value: f64,
    /// How many samples it is taken over.
    samples: usize,
}

/// Measures one number.
pub(crate) fn measure(spec: &MeasureSpec, context: &Context, draft: &Draft) -> Result<(), Failure> {
    let number = match &spec.kernel {
        Kernel::Runtime { model } => {
            let cost: Cost = context.input(*model)?.json(COST).map_err(store_failure)?;
            Number { value: cost.seconds / 60.0, samples: cost.samples }
        }
        Kernel::Accuracy { infer, forget, on } => {
            let outputs = Outputs::open(*infer, *on, Some(*forget), context)?;
            if outputs.labels.is_empty() {
                return Err(Failure::new(
                    FailureKind::BadData,
                    format!("there are no {on:?} samples").to_lowercase(),
                ));
            }
            let right = (0..outputs.labels.len()).filter(|i| outputs.correct(*i)).count();
            let samples = outputs.labels.len();
            Number { value: 100.0 * right as f64 / samples as f64, samples }
        }
        Kernel::Mia { infer, forget, feature, c, outside, balance } => {
            let open = |on| Outputs::open(*infer, on, Some(*forget), context);
            let (forgotten, members, others) = (open(On::Forget)?, open(On::Retain)?, open(*outside)?);
            let attack = mia::attack(&forgotten, &members, &others, *feature, *c, *balance);
            let attack = attack.map_err(|message| Failure::new(FailureKind::BadData, message))?;
            Number { value: attack, samples: forgotten.labels.len() }
        }
    };
    if !number.value.is_finite() {
        return Err(Failure::new(FailureKind::Diverged, format!("the measured value is {}", number.value)));
    }
    write_json(draft, "value.json", &number)
}

/// Outputs of a model on a part of the data.
pub(crate) struct Outputs {
    /// Logits, one row per sample.
    pub(crate) logits: Vec<Vec<f64>>,
    pub(crate) labels: Vec<usize>,
}

impl Outputs {
    fn open(infer: StepKey, on: On, forget: Option<StepKey>, context: &Context) -> Result<Self, Failure> {
        let tensors = read_tensors(&context.input(infer)?, OUTPUTS, tch::Device::Cpu)?;
        let part = match on {
            On::Forget | On::Retain => "train",
            On::Validation => "validation",
            On::Test => "test",
        };
        let missing = || Failure::new(FailureKind::Store, "the outputs object lacks a part");
        let get = |name: &str| tensors.get(&format!("{part}.{name}")).ok_or_else(missing);
        let rows = |e: TchError| torch::failed(&e);
        let logits = Vec::<Vec<f64>>::try_from(get("logits")?.to_kind(tch::Kind::Double)).map_err(rows)?;
        let labels = Vec::<i64>::try_from(get("labels")?).map_err(rows)?;
        let index = Vec::<i64>::try_from(get("index")?).map_err(rows)?;
        let wanted: Vec<usize> = match (on, forget) {
            (On::Forget | On::Retain, Some(forget)) => {
                let forget = read_index(&context.input(forget)?, "forget.npy")?;
                let position: HashMap<i64, usize> = index.iter().enumerate().map(|(p, i)| (*i, p)).collect();
                let mut member = vec![false; index.len()];
                for sample in &forget {
                    let at = position.get(sample).ok_or_else(missing)?;
                    member[*at] = true;
                }
                (0..index.len()).filter(|p| member[*p] == (on == On::Forget)).collect()
            }
            _ => (0..index.len()).collect(),
        };
        Ok(Self {
            logits: wanted.iter().map(|p| logits[*p].clone()).collect(),
            labels: wanted.iter().map(|p| labels[*p] as usize).collect(),
        })
    }

    /// Those of the training samples, in their order.
    pub(crate) fn training(infer: StepKey, context: &Context) -> Result<Self, Failure> {
        Self::open(infer, On::Retain, None, context)
    }

    /// Cross-entropy of a sample.
    pub(crate) fn loss(&self, i: usize) -> f64 {
        let row = &self.logits[i];
        let max = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        max + row.iter().map(|l| (l - max).exp()).sum::<f64>().ln() - row[self.labels[i]]
    }

    /// The first largest logit is the prediction.
    pub(crate) fn correct(&self, i: usize) -> bool {
        let row = &self.logits[i];
        let best = (0..row.len()).fold(0, |best, k| if row[k] > row[best] { k } else { best });
        best == self.labels[i]
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
