//! What a data set's objects hold: its images in use, its labels and its groups.

use std::rc::Rc;

use mu_step::artefact::{DataShape, GROUPS, PartFiles, TEST, TRAIN, TRAINING, VALIDATION};
use mu_step::{Failure, FailureKind, StepKey, View};
use mu_store::{LARGE, Object};
use tch::Tensor;

use super::dataset::Dataset;
use super::view::Images;
use crate::artefact::{read_tensors, store_failure};
use crate::context::Context;
use crate::torch;

/// The labels of the training part, by sample number.
pub(crate) fn labels_of(data: StepKey, context: &Context) -> Result<Vec<i64>, Failure> {
    context.input(data)?.array(TRAIN.labels).map_err(store_failure)
}

/// The data set's own numbers of the training part, by sample number.
pub(crate) fn groups_of(data: StepKey, name: &str, context: &Context) -> Result<Vec<i64>, Failure> {
    let object = context.input(data)?;
    let missing = |known: &str| {
        Failure::new(
            FailureKind::BadData,
            format!("the data set knows no `{name}` of its samples; it knows {known}"),
        )
    };
    if !object.has(GROUPS.file) {
        return Err(missing("nothing"));
    }
    let groups = read_tensors(&object, GROUPS, tch::Device::Cpu)?;
    let known: Vec<&str> = groups.keys().map(String::as_str).collect();
    let found = groups.get(name).ok_or_else(|| missing(&known.join(", ")))?;
    Vec::<i64>::try_from(found).map_err(|e| torch::failed(&e))
}

/// A data set in use: the one that the step before used, where it is the same.
pub(crate) fn open(
    data: StepKey,
    split: StepKey,
    view: &View,
    context: &Context,
) -> Result<Rc<Dataset>, Failure> {
    let key = StepKey::of("data in use", &(data, split, view));
    if let Some((last, opened)) = &*context.cache.data.borrow()
        && *last == key
    {
        return Ok(Rc::clone(opened));
    }
    // Not two at once.
    context.cache.data.replace(None);
    let object = context.input(data)?;
    let shape: DataShape = object.record().map_err(store_failure)?;
    let split = context.input(split)?;
    let opened = Rc::new(Dataset {
        train: Rc::new(part(&object, TRAIN, shape.train, &shape, view, context)?),
        test: Rc::new(part(&object, TEST, shape.test, &shape, view, context)?),
        training: split.array(TRAINING).map_err(store_failure)?,
        validation: split.array(VALIDATION).map_err(store_failure)?,
    });
    context.cache.data.replace(Some((key, Rc::clone(&opened))));
    Ok(opened)
}

fn part(
    object: &Object,
    files: PartFiles,
    count: usize,
    shape: &DataShape,
    view: &View,
    context: &Context,
) -> Result<Images, Failure> {
    let labels = object.array(files.labels).map_err(store_failure)?;
    let labels = Tensor::from_slice(&labels).f_to_device(context.device).map_err(|e| torch::failed(&e))?;
    let size = (count as i64 * shape.channels * shape.canvas * shape.canvas) as u64;
    // The store reads smaller files through; larger ones are verified sample by sample.
    let digests = if size > LARGE { object.read(files.digests).map_err(store_failure)? } else { Vec::new() };
    let path = object.path(files.images);
    let sizes = [count as i64, shape.channels, shape.canvas];
    Images::open(&path, sizes, digests, labels, view).map_err(|e| torch::failed(&e))
}
