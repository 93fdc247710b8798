//! Data sets on disk → images and labels. No libtorch: the front end asks for facts (how many samples, which bytes), the engine
//! for the pixels, from the same decoders.

mod error;
mod facts;
mod formats;
mod images;
mod list;
mod locate;
mod part;
mod picture;
mod random;
mod write;

use std::path::Path;

use mu_step::{DataSpec, SourceKind, Take};
// What is asked for, and what is answered, is the planner's as well.
pub use mu_step::{Facts, ListOf};

pub use error::DataError;
pub use facts::{Stamp, facts, file_digest};
pub use images::{Images, Planes};
pub use list::{Numbers, list};
pub use locate::{cache, home, locate, places};
pub use part::{Part, Source};
pub use random::RandomState;
pub use write::{Written, write};

/// Opens a data set as its step says: labels read, cut to the asked classes and counts, checked against the class count. No
/// image is decoded.
///
/// # Errors
/// Where a file is missing, unreadable, malformed, or has a label beyond the class count.
pub fn open(spec: &DataSpec, root: Option<&Path>) -> Result<Source, DataError> {
    let mut source = formats::open(&spec.source, root.unwrap_or(Path::new(".")))?;
    for (name, part, take) in
        [("training", Some(&mut source.train), spec.train), ("test", source.test.as_mut(), spec.test)]
    {
        let Some(part) = part else { continue };
        let bad = |problem| DataError::Format { file: format!("the {name} part"), problem };
        if let Some(only) = &spec.only {
            keep(part, only);
        }
        // Before classes are counted: a label would be how many there are.
        if let Some(at) = part.labels.iter().position(|l| i64::from(*l) >= spec.classes) {
            let (label, classes) = (part.labels[at], spec.classes);
            return Err(bad(format!(
                "sample {at} has label {label}, but the data set declares {classes} classes (0 to {})",
                classes - 1
            )));
        }
        match take {
            Take::All => {}
            Take::Samples(n) if n > part.len() => {
                return Err(bad(format!("has {} samples, {n} are asked for", part.len())));
            }
            Take::Samples(n) => {
                let most = in_proportion(&sizes(part), n);
                take_of_each(part, &most);
            }
            Take::Share(share) => {
                let most: Vec<usize> =
                    sizes(part).iter().map(|n| (share * *n as f64 - 1e-9).ceil() as usize).collect();
                take_of_each(part, &most);
            }
        }
    }
    Ok(source)
}

/// Keeps some classes, numbered anew in the given order.
fn keep(part: &mut Part, only: &[i64]) {
    let place = |label: u32| only.iter().position(|c| *c == i64::from(label));
    let positions: Vec<usize> = (0..part.len()).filter(|i| place(part.labels[*i]).is_some()).collect();
    part.pick(&positions);
    for label in &mut part.labels {
        *label = place(*label).unwrap_or(0) as u32;
    }
}

/// How many samples each class has.
fn sizes(part: &Part) -> Vec<usize> {
    let classes = part.labels.iter().max().map_or(0, |m| *m as usize + 1);
    let mut counts = vec![0; classes];
    part.labels.iter().for_each(|l| counts[*l as usize] += 1);
    counts
}

/// `n` divided among classes in proportion to their sizes: rounded down, and one more for those that lost most by that, the first
/// of equals first (Hamilton's method).
fn in_proportion(sizes: &[usize], n: usize) -> Vec<usize> {
    let all = sizes.iter().sum::<usize>().max(1) as u128;
    let share = |size: usize| size as u128 * n as u128;
    let mut taken: Vec<usize> = sizes.iter().map(|s| (share(*s) / all) as usize).collect();
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by_key(|c| std::cmp::Reverse(share(sizes[*c]) % all));
    let left = n - taken.iter().sum::<usize>();
    order.iter().take(left).for_each(|c| taken[*c] += 1);
    taken
}

/// Of each class the first so many; in the order of the samples.
fn take_of_each(part: &mut Part, most: &[usize]) {
    let mut taken = vec![0; most.len()];
    let positions: Vec<usize> = (0..part.len())
        .filter(|i| {
            let class = part.labels[*i] as usize;
            taken[class] += 1;
            taken[class] <= most[class]
        })
        .collect();
    part.pick(&positions);
}

/// What a well-known data set has, as it is published: for planning where it is not on this machine.
#[must_use]
pub fn nominal(source: &SourceKind) -> Option<Facts> {
    let (train, test) = match source {
        SourceKind::Digits => return facts(source, None).ok(),
        SourceKind::Cifar10 | SourceKind::Cifar100 | SourceKind::Cifar100Coarse => (50_000, 10_000),
        SourceKind::Svhn => (73_257, 26_032),
        SourceKind::TinyImagenet => (100_000, 10_000),
        SourceKind::Imagenet => (1_281_167, 50_000),
        SourceKind::Celeba { .. } => (182_637, 19_962),
        SourceKind::UnlearnCanvas { .. } => return Some(Facts::of(24_400, None)),
        SourceKind::Idx | SourceKind::Npz | SourceKind::Folders | SourceKind::Parquet { .. } => return None,
    };
    Some(Facts::of(train, Some(test)))
}

#[cfg(test)]
mod tests;
