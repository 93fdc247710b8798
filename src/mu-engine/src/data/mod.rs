//! The steps `data` and `split`; below it, data sets in use.

mod augment;
#[cfg(test)]
mod bench;
mod dataset;
mod open;
mod view;

use std::path::Path;

use mu_data::{Part, RandomState, Stamp};
use mu_step::artefact::{DataShape, GROUPS, PartFiles, TEST, TRAIN, TRAINING, VALIDATION};
use mu_step::{DataSpec, Failure, FailureKind, SplitSpec};
use mu_store::Draft;
use tch::Tensor;

use crate::artefact::{Tensors, store_failure, write_tensors};
use crate::context::{Context, Progress};
use crate::draw::Draws;

pub(crate) use augment::BatchDraws;
pub(crate) use dataset::Dataset;
pub(crate) use open::{groups_of, labels_of, open};
pub(crate) use view::Images;

/// Decodes a data set: uint8 images [n, channels, canvas, canvas], prepared, padded with zeros around the middle.
pub(crate) fn decode(
    spec: &DataSpec,
    root: Option<&Path>,
    draft: &Draft,
    progress: &Progress,
) -> Result<(), Failure> {
    let bad = |e: mu_data::DataError| Failure::new(FailureKind::BadData, e.to_string());
    // The files may have changed since they were planned, and may change until the last image is decoded: the key promises these
    // bytes.
    let changed = || {
        let place = root.map(|r| format!(" of {}", r.display())).unwrap_or_default();
        let problem = format!("the files{place} changed while mu was running; run it again");
        Err(Failure::new(FailureKind::BadData, problem))
    };
    let stamp = Stamp::now(&spec.source, root).map_err(bad)?;
    if mu_data::facts(&spec.source, root).map_err(bad)?.digest != spec.digest {
        return changed();
    }
    let source = mu_data::open(spec, root).map_err(bad)?;
    let (train, mut test) = match source.test {
        Some(test) => (source.train, test),
        None => hold_out(source.train, spec),
    };
    let all = train.len() + test.len();
    let write = |part: &Part, to: PartFiles, before: usize| {
        let say = |done: usize| {
            if done.is_multiple_of(1000) {
                progress.say(before + done, all, "images".to_owned());
            }
        };
        mu_data::write(part, spec, &draft.path(to.images), &say).map_err(bad)
    };
    let written = write(&train, TRAIN, 0)?;
    let mut tested = write(&test, TEST, train.len())?;
    let corrupt_test = std::mem::take(&mut tested.corrupt);
    if written.corrupt.len() + corrupt_test.len() > spec.corrupt {
        let problem = format!(
            "{} images cannot be read, {} may be",
            written.corrupt.len() + corrupt_test.len(),
            spec.corrupt
        );
        return Err(Failure::new(FailureKind::BadData, problem));
    }
    if !corrupt_test.is_empty() {
        let left: Vec<usize> =
            (0..test.len()).filter(|i| corrupt_test.iter().all(|c| c.sample != *i)).collect();
        test.pick(&left);
        tested = write(&test, TEST, train.len())?;
    }
    if Stamp::now(&spec.source, root).map_err(bad)? != stamp {
        return changed();
    }
    for (to, part, written) in [(TRAIN, &train, &written), (TEST, &test, &tested)] {
        let labels: Vec<i64> = part.labels.iter().map(|l| i64::from(*l)).collect();
        draft.array(to.labels, &labels).map_err(store_failure)?;
        draft.write(to.digests, &written.digests).map_err(store_failure)?;
    }
    if !train.groups.is_empty() {
        let groups: Tensors =
            train.groups.iter().map(|(name, n)| (name.clone(), Tensor::from_slice(n))).collect();
        write_tensors(draft, GROUPS, &groups)?;
    }
    let shape = DataShape {
        channels: spec.channels,
        canvas: spec.canvas,
        train: train.len(),
        test: test.len(),
        corrupt: written.corrupt,
        corrupt_test,
    };
    for (part, corrupt) in [("training", &shape.corrupt), ("test", &shape.corrupt_test)] {
        if let Some(first) = corrupt.first() {
            let (count, name, reason) = (corrupt.len(), &first.name, &first.reason);
            progress
                .warn(format!("{count} {part} image(s) cannot be read and are left out: {name} ({reason})"));
        }
    }
    draft.record(&shape).map_err(store_failure)
}

/// A share of each class is held out.
fn hold_out(all: Part, spec: &DataSpec) -> (Part, Part) {
    let draws = Draws { seed: spec.split_seed, stage: "data" };
    let labels: Vec<i64> = all.labels.iter().map(|l| i64::from(*l)).collect();
    let (train, test) = divide(&labels, spec.holdout, |class, members| {
        draws.stream("holdout", class as usize).shuffle(members);
    });
    let at = |positions: Vec<i64>| positions.into_iter().map(|p| p as usize).collect::<Vec<_>>();
    let mut held = Part {
        labels: all.labels.clone(),
        groups: all.groups.clone(),
        images: all.images.clone(),
        picked: all.picked.clone(),
    };
    let mut kept = all;
    held.pick(&at(test));
    kept.pick(&at(train));
    (kept, held)
}

/// Takes `share` of each class (rounded to the nearest sample) out, the first after `shuffle`; both parts in ascending order.
fn divide(labels: &[i64], share: f64, mut shuffle: impl FnMut(i64, &mut Vec<i64>)) -> (Vec<i64>, Vec<i64>) {
    let classes = labels.iter().max().map_or(0, |m| m + 1);
    let mut of_class = vec![Vec::new(); classes as usize];
    labels.iter().enumerate().for_each(|(i, l)| of_class[*l as usize].push(i as i64));
    let mut taken = Vec::new();
    for (class, mut members) in of_class.into_iter().enumerate() {
        shuffle(class as i64, &mut members);
        let count = (share * members.len() as f64).round() as usize;
        taken.extend_from_slice(&members[..count]);
    }
    taken.sort_unstable();
    let rest = (0..labels.len() as i64).filter(|i| taken.binary_search(i).is_err()).collect();
    (rest, taken)
}

/// Divides the training part into training and validation samples, per class.
pub(crate) fn split(spec: &SplitSpec, context: &Context, draft: &Draft) -> Result<(), Failure> {
    let object = context.input(spec.data)?;
    let labels = object.array(TRAIN.labels).map_err(store_failure)?;
    let shape: DataShape = object.record().map_err(store_failure)?;
    let (mut train, mut validation) = if spec.numpy {
        numpy(&labels, spec.validation, spec.seed)
    } else {
        let draws = Draws { seed: spec.seed, stage: "split" };
        divide(&labels, spec.validation, |class, members| {
            draws.stream("validation", class as usize).shuffle(members);
        })
    };
    let readable = |i: &i64| shape.corrupt.binary_search_by_key(&(*i as usize), |c| c.sample).is_err();
    train.retain(readable);
    validation.retain(readable);
    if train.is_empty() {
        return Err(Failure::new(FailureKind::BadData, "the training part is empty after the split"));
    }
    draft.array(TRAINING, &train).map_err(store_failure)?;
    draft.array(VALIDATION, &validation).map_err(store_failure)
}

/// As Unlearn-WorstCase splits: of each class in turn, `RandomState(seed).choice` of the share, rounded down.
fn numpy(labels: &[i64], share: f64, seed: u64) -> (Vec<i64>, Vec<i64>) {
    let mut random = RandomState::new(seed as u32);
    let mut validation = Vec::new();
    for class in 0..labels.iter().max().map_or(0, |m| m + 1) {
        let members: Vec<i64> = (0..labels.len() as i64).filter(|i| labels[*i as usize] == class).collect();
        let count = (share * members.len() as f64 + 1e-9) as usize;
        validation.extend(random.choice(&members, count));
    }
    validation.sort_unstable();
    let train = (0..labels.len() as i64).filter(|i| validation.binary_search(i).is_err()).collect();
    (train, validation)
}
