//! What is forgotten: its classes, and its images as a contact sheet.

use std::io::{Read, Seek, SeekFrom};

use mu_check::Program;
use mu_plan::{Plan, RequestedBy};
use mu_step::artefact::{DataShape, FORGET, TRAIN};
use mu_step::{StepKey, StepSpec};
use mu_store::{Object, Store};

use crate::chart::{Chart, Series};
use crate::sheet::Sheet;

/// So many forget sets are on a page, with so many images each.
const SETS: usize = 12;
const SHOWN: usize = 48;
const COLUMNS: usize = 12;
const GAP: usize = 2;

/// A forget set in pictures.
pub struct ForgetSet {
    /// The positions that it belongs to, in words.
    pub label: String,
    /// An SVG of how many samples of each class are in it, beside their expected number.
    pub classes: String,
    /// A PNG of its first images, where they can be read.
    pub sheet: Option<Vec<u8>>,
    /// How many images are shown, of how many.
    pub caption: String,
}

/// The forget sets of a plan, those of one seed.
///
/// # Errors
/// In words, where the drawing library refuses.
pub fn forget_sets(program: &Program, plan: &Plan, store: &Store) -> Result<Vec<ForgetSet>, String> {
    let mut sets = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for (experiment, point, made) in plan.made(program) {
        if sets.len() == SETS || !seen.insert((experiment, point.data, point.model, point.forget)) {
            continue;
        }
        let found = plan.graph.get(made.forget).zip(plan.requested_by(made.forget));
        let Some((step, RequestedBy { part, .. })) = found else { continue };
        let StepSpec::Select(select) = &step.spec else { continue };
        let Ok((forget, _)) = chosen(store, select.data, made.forget) else { continue };
        let label = RequestedBy { experiment, point, part }.label(program);
        let classes = forget_classes(store, select.data, made.forget, &label)?;
        let sheet = contact_sheet(store, select.data, made.forget, SHOWN).ok();
        let (shown, all) = (forget.len().min(SHOWN), forget.len());
        let caption = format!("{shown} of {all} samples, in the order of their numbers");
        sets.push(ForgetSet { label, classes, sheet, caption });
    }
    Ok(sets)
}

/// A forget set's samples, and the data that they are of.
fn chosen(store: &Store, data: StepKey, forget: StepKey) -> Result<(Vec<i64>, Object), String> {
    let get = |key| store.get(key).map_err(|e| e.to_string())?.ok_or("it is not in the store yet".to_owned());
    let samples = get(forget)?.array(FORGET).map_err(|e| e.to_string())?;
    Ok((samples, get(data)?))
}

/// How many samples of each class a forget set has, beside as many drawn at random: bars, as SVG.
///
/// # Errors
/// In words, where the store has it not, or it cannot be drawn.
pub fn forget_classes(store: &Store, data: StepKey, forget: StepKey, title: &str) -> Result<String, String> {
    let (forget, data) = chosen(store, data, forget)?;
    let all = data.array(TRAIN.labels).map_err(|e| e.to_string())?;
    let of = |i: &i64| usize::try_from(*i).ok().and_then(|i| all.get(i)).copied();
    classes(title, &all, &forget.iter().filter_map(of).collect::<Vec<_>>())
}

/// The first images of a forget set beside each other, `most` at most: a PNG.
///
/// # Errors
/// In words, where the store has it not.
pub fn contact_sheet(store: &Store, data: StepKey, forget: StepKey, most: usize) -> Result<Vec<u8>, String> {
    let (forget, data) = chosen(store, data, forget)?;
    sheet(&data, &forget[..forget.len().min(most)]).ok_or("its images cannot be read".to_owned())
}

fn classes(label: &str, all: &[i64], forget: &[i64]) -> Result<String, String> {
    let count = all.iter().max().map_or(0, |most| *most as usize + 1);
    let mut of = [vec![0.0; count], vec![0.0; count]];
    for class in all {
        of[1][*class as usize] += forget.len() as f64 / all.len() as f64;
    }
    for class in forget {
        of[0][*class as usize] += 1.0;
    }
    let series: Vec<Series> = ["forget set", "drawn at random, on average"]
        .into_iter()
        .zip(of)
        .map(|(label, counts)| Series {
            label: label.to_owned(),
            points: counts.into_iter().enumerate().map(|(c, n)| (c as f64, n)).collect(),
        })
        .collect();
    Chart { title: label, x: "class", y: "samples", series: &series }.bars()
}

/// The images of some samples beside each other.
fn sheet(data: &Object, samples: &[i64]) -> Option<Vec<u8>> {
    let about: DataShape = data.record().ok()?;
    let (side, channels) = (usize::try_from(about.canvas).ok()?, usize::try_from(about.channels).ok()?);
    let mut file = mu_file::open(&data.path(TRAIN.images)).ok()?;
    let mut images = Vec::new();
    for sample in samples {
        let mut image = vec![0u8; channels * side * side];
        file.seek(SeekFrom::Start(u64::try_from(*sample).ok()? * image.len() as u64)).ok()?;
        file.read_exact(&mut image).ok()?;
        images.push(image);
    }
    Sheet { side, channels, columns: COLUMNS, gap: GAP }.png(images.iter().map(Vec::as_slice))
}
