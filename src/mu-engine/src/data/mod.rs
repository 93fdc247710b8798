//! The steps `data` and `split`, and data sets in use.

mod view;

use std::path::Path;

use mu_data::Samples;
use mu_step::{DataSpec, Failure, FailureKind, SplitSpec, StepKey};
use mu_store::Draft;
use tch::{Kind, Tensor};

use crate::artefact::{Tensors, read_index, read_tensors, write_npy, write_tensors};
use crate::draw::Draws;
use crate::run_step::Context;
use crate::torch;

pub(crate) use view::{BatchDraws, Images};

const FILE: &str = "data.safetensors";

/// Decodes a data set: uint8 images [n, channels, canvas, canvas], padded with zeros around the middle.
pub(crate) fn decode(spec: &DataSpec, root: Option<&Path>, draft: &Draft) -> Result<(), Failure> {
    let bad = |e: mu_data::DataError| Failure::new(FailureKind::BadData, e.to_string());
    // The files may have changed since they were planned: the key promises these bytes.
    let now = mu_data::facts(&spec.source, root).map_err(bad)?;
    if now.digest != spec.digest {
        return Err(Failure::new(
            FailureKind::BadData,
            "the files changed while mu was running; run it again",
        ));
    }
    let decoded = mu_data::decode(spec, root).map_err(bad)?;
    let (train, test) = match decoded.test {
        Some(test) => (decoded.train, test),
        None => hold_out(&decoded.train, spec),
    };
    let mut tensors = Tensors::new();
    for (name, samples) in [("train", &train), ("test", &test)] {
        let (images, labels) = tensors_of(samples, spec.canvas).map_err(|e| torch::failed(&e))?;
        tensors.insert(format!("{name}_images"), images);
        tensors.insert(format!("{name}_labels"), labels);
    }
    write_tensors(draft, FILE, &tensors)
}

fn tensors_of(samples: &Samples, canvas: i64) -> Result<(Tensor, Tensor), tch::TchError> {
    let (n, h, w) = (samples.count as i64, samples.height as i64, samples.width as i64);
    let channels = samples.channels as i64;
    let images = Tensor::f_from_data_size(&samples.pixels, &[n, channels, h, w], Kind::Uint8)?;
    let (top, left) = ((canvas - h) / 2, (canvas - w) / 2);
    let images = images.f_constant_pad_nd([left, canvas - w - left, top, canvas - h - top])?;
    let labels = Tensor::f_from_data_size(&samples.labels, &[n], Kind::Uint8)?.f_to_kind(Kind::Int64)?;
    Ok((images, labels))
}

fn hold_out(all: &Samples, spec: &DataSpec) -> (Samples, Samples) {
    let draws = Draws { seed: spec.split_seed, stage: "data" };
    let labels: Vec<i64> = all.labels.iter().map(|l| i64::from(*l)).collect();
    let (train, test) = divide(&labels, spec.holdout, draws, "holdout");
    let size = all.channels * all.height * all.width;
    let part = |indices: &[i64]| Samples {
        count: indices.len(),
        channels: all.channels,
        height: all.height,
        width: all.width,
        pixels: indices
            .iter()
            .flat_map(|i| &all.pixels[*i as usize * size..(*i as usize + 1) * size])
            .copied()
            .collect(),
        labels: indices.iter().map(|i| all.labels[*i as usize]).collect(),
    };
    (part(&train), part(&test))
}

/// Takes `share` of each class (rounded to the nearest sample) out; both parts in ascending order.
fn divide(labels: &[i64], share: f64, draws: Draws, purpose: &str) -> (Vec<i64>, Vec<i64>) {
    let classes = labels.iter().max().map_or(0, |m| m + 1);
    let mut taken = Vec::new();
    for class in 0..classes {
        let mut members: Vec<i64> =
            (0..labels.len() as i64).filter(|i| labels[*i as usize] == class).collect();
        draws.stream(purpose, class as usize).shuffle(&mut members);
        let count = (share * members.len() as f64).round() as usize;
        taken.extend_from_slice(&members[..count]);
    }
    taken.sort_unstable();
    let rest = (0..labels.len() as i64).filter(|i| taken.binary_search(i).is_err()).collect();
    (rest, taken)
}

/// Divides the training part into training and validation samples, per class.
pub(crate) fn split(spec: &SplitSpec, context: &Context, draft: &Draft) -> Result<(), Failure> {
    let tensors = read_tensors(&context.input(spec.data)?, FILE, tch::Device::Cpu)?;
    let labels = Vec::<i64>::try_from(&tensors["train_labels"]).map_err(|e| torch::failed(&e))?;
    let draws = Draws { seed: spec.seed, stage: "split" };
    let (train, validation) = divide(&labels, spec.validation, draws, "validation");
    if train.is_empty() {
        return Err(Failure::new(FailureKind::BadData, "the training part is empty after the split"));
    }
    write_npy(draft, "train.npy", &train)?;
    write_npy(draft, "validation.npy", &validation)
}

/// The labels of the training part, by sample number.
pub(crate) fn labels_of(data: StepKey, context: &Context) -> Result<Vec<i64>, Failure> {
    let tensors = read_tensors(&context.input(data)?, FILE, tch::Device::Cpu)?;
    Vec::<i64>::try_from(&tensors["train_labels"]).map_err(|e| torch::failed(&e))
}

/// A data set in use: both parts on the device, and which samples train.
pub(crate) struct Dataset {
    pub(crate) train: Images,
    pub(crate) test: Images,
    /// Samples of the training part that train, ascending.
    pub(crate) training: Vec<i64>,
    pub(crate) validation: Vec<i64>,
}

impl Dataset {
    pub(crate) fn open(
        data: StepKey,
        split: StepKey,
        view: &mu_step::View,
        context: &Context,
    ) -> Result<Self, Failure> {
        let mut tensors = read_tensors(&context.input(data)?, FILE, context.device)?;
        let split = context.input(split)?;
        let mut part = |name: &str| -> Result<Images, Failure> {
            let images = tensors.remove(&format!("{name}_images"));
            let labels = tensors.remove(&format!("{name}_labels"));
            let missing = || Failure::new(FailureKind::Store, format!("the data object has no {name} part"));
            Images::new(images.ok_or_else(missing)?, labels.ok_or_else(missing)?, view, Kind::Float)
                .map_err(|e| torch::failed(&e))
        };
        Ok(Self {
            train: part("train")?,
            test: part("test")?,
            training: read_index(&split, "train.npy")?,
            validation: read_index(&split, "validation.npy")?,
        })
    }
}
