//! Images of denoisers: a row per model, a column per condition.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write;
use std::io::{Read, Seek, SeekFrom};

use base64::Engine;
use mu_check::{Experiment, Figure, Program, Samples};
use mu_plan::{Made, Part, Plan, RequestedBy};
use mu_step::artefact::{FORGET, GENERATED, GeneratedShape, TRAIN, TRAINING};
use mu_step::{StepKey, StepSpec, UnlearnSpec};
use mu_store::{Object, Store};

use crate::sheet::Sheet;

/// An image is drawn so large at least, in pixels of the drawing.
const LARGE: usize = 40;
/// So many rows are on a page for each experiment, with so many images of a condition.
const ROWS: usize = 24;
const IMAGES: usize = 2;

/// Images of denoisers.
#[derive(Clone, Debug)]
pub struct Grid {
    /// The figure's name, or the experiment's.
    pub name: String,
    /// Its caption.
    pub caption: Option<String>,
    /// The conditions, in words.
    pub conditions: Vec<String>,
    /// Its rows.
    pub rows: Vec<Row>,
}

/// The images of a model.
#[derive(Clone, Debug)]
pub struct Row {
    /// The positions that it stands for.
    pub label: String,
    /// Whether each condition is forgotten whole.
    pub forgotten: Vec<bool>,
    /// A PNG for each condition; none where the store has no images.
    pub cells: Vec<Picture>,
}

/// The images of a condition beside each other.
#[derive(Clone, Debug)]
pub struct Picture {
    /// Width and height, px.
    pub size: (usize, usize),
    /// As PNG.
    pub png: Vec<u8>,
}

/// A model's images in the store.
struct Generated {
    object: Object,
    side: usize,
    channels: usize,
    /// The condition of each image.
    conditions: Vec<i64>,
}

impl Generated {
    fn open(store: &Store, key: StepKey) -> Result<Self, String> {
        let object = store.get(key).map_err(|e| e.to_string())?;
        let object = object.ok_or_else(|| "its images are not in the store yet".to_owned())?;
        let shape: GeneratedShape = object.record().map_err(|e| e.to_string())?;
        let conditions = object.array(GENERATED.labels).map_err(|e| e.to_string())?;
        let size = |n: i64| usize::try_from(n).map_err(|e| e.to_string());
        Ok(Self { side: size(shape.side)?, channels: size(shape.channels)?, object, conditions })
    }

    /// The places of the first images of a condition.
    fn of(&self, condition: i64, most: usize) -> Vec<usize> {
        let own = self.conditions.iter().enumerate().filter(|(_, c)| **c == condition);
        own.map(|(at, _)| at).take(most).collect()
    }

    fn images(&self, places: &[usize]) -> Result<Vec<Vec<u8>>, String> {
        let mut file = mu_file::open(&self.object.path(GENERATED.images)).map_err(|e| e.to_string())?;
        let size = self.channels * self.side * self.side;
        let mut read = |place: &usize| {
            let mut image = vec![0u8; size];
            file.seek(SeekFrom::Start((place * size) as u64))?;
            file.read_exact(&mut image)?;
            Ok(image)
        };
        places.iter().map(&mut read).collect::<std::io::Result<_>>().map_err(|e| e.to_string())
    }

    /// Some images beside each other, in rows of so many.
    fn png(&self, places: &[usize], columns: usize, gap: usize) -> Result<Vec<u8>, String> {
        let images = self.images(places)?;
        let sheet = Sheet { side: self.side, channels: self.channels, columns, gap };
        let bytes = sheet.png(images.iter().map(Vec::as_slice));
        bytes.ok_or_else(|| "its images cannot be drawn".to_owned())
    }
}

/// A figure's images.
pub(crate) fn draw(
    figure: &Figure,
    samples: &Samples,
    program: &Program,
    plan: &Plan,
    store: &Store,
) -> Grid {
    let index = figure.query.experiment;
    let experiment = &program.experiments[index];
    let mut rows: BTreeMap<Vec<Option<usize>>, Made> = BTreeMap::new();
    for (of, p, made) in plan.made(program) {
        if of == index && figure.query.filter.as_ref().is_none_or(|f| experiment.keeps(f, p)) {
            let row = samples.rows.iter().map(|axis| experiment.position(p, *axis)).collect();
            rows.entry(row).or_insert(made);
        }
    }
    let label = |row: &[Option<usize>]| {
        let at = samples.rows.iter().zip(row);
        let labels = at.filter_map(|(axis, at)| Some(experiment.axes[*axis].labels[(*at)?].as_str()));
        labels.collect::<Vec<_>>().join(" · ")
    };
    let rows = rows.iter().map(|(at, made)| row(label(at), *made, plan, store, samples.images)).collect();
    let caption = figure.caption.clone();
    Grid { name: figure.name.clone(), caption, conditions: conditions(experiment), rows }
}

/// The images of each experiment of denoisers, those of one seed; experiments whose images figures show are left out.
#[must_use]
pub fn samples_of(program: &Program, plan: &Plan, store: &Store) -> Vec<Grid> {
    let shown = |index: usize| {
        let shows =
            |f: &Figure| f.query.experiment == index && matches!(f.shows, mu_check::Shows::Samples(_));
        program.figures.iter().any(shows)
    };
    let mut grids: Vec<Grid> = Vec::new();
    for (index, experiment) in program.experiments.iter().enumerate() {
        if experiment.generative.is_none() || shown(index) {
            continue;
        }
        let (mut rows, mut seen) = (Vec::new(), HashSet::new());
        for (of, point, made) in plan.made(program).filter(|(of, ..)| *of == index) {
            let new = seen.insert((point.data, point.model, point.train, point.forget, point.unlearn));
            if new && rows.len() < ROWS {
                let label = RequestedBy { experiment: of, point, part: Part::Point }.label(program);
                rows.push(row(label, made, plan, store, IMAGES));
            }
        }
        if rows.iter().any(|row| !row.cells.is_empty()) {
            let name = experiment.name.clone();
            grids.push(Grid { name, caption: None, conditions: conditions(experiment), rows });
        }
    }
    grids
}

/// The conditions of an experiment's denoisers.
fn conditions(experiment: &Experiment) -> Vec<String> {
    let graphs = experiment.model.iter().flat_map(|m| &m.value);
    let most = graphs.map(|g| g.conditions()).max().unwrap_or(0);
    (0..most).map(|c| c.to_string()).collect()
}

fn row(label: String, made: Made, plan: &Plan, store: &Store, images: usize) -> Row {
    let none = Row { label: label.clone(), forgotten: Vec::new(), cells: Vec::new() };
    let spec = plan.graph.get(made.model).map(|s| &s.spec);
    let (Some(StepSpec::Unlearn(spec)), Some(key)) = (spec, made.generated) else { return none };
    let Ok(generated) = Generated::open(store, key) else { return none };
    let gone = forgotten(store, spec).unwrap_or_default();
    let conditions = 0..spec.graph.conditions();
    let cell = |condition: i64| {
        let places = generated.of(condition, images);
        let png = generated.png(&places, images, 1).ok()?;
        let side = generated.side + 1;
        Some(Picture { size: (images * side, side), png })
    };
    let Some(cells) = conditions.clone().map(cell).collect() else { return none };
    Row { label, forgotten: conditions.map(|c| gone.contains(&c)).collect(), cells }
}

/// The classes whose training samples are all in the forget set.
fn forgotten(store: &Store, spec: &UnlearnSpec) -> Option<HashSet<i64>> {
    let get = |key| store.get(key).ok().flatten();
    let labels = get(spec.data)?.array(TRAIN.labels).ok()?;
    let forget: HashSet<i64> = get(spec.forget)?.array(FORGET).ok()?.into_iter().collect();
    let class = |i: &i64| usize::try_from(*i).ok().and_then(|i| labels.get(i)).copied();
    let (mut gone, mut left) = (HashSet::new(), HashSet::new());
    for i in get(spec.split)?.array(TRAINING).ok()? {
        (if forget.contains(&i) { &mut gone } else { &mut left }).extend(class(&i));
    }
    Some(gone.difference(&left).copied().collect())
}

/// A model's images, `most` of each condition at most, a row for each condition: a PNG.
///
/// # Errors
/// In words, where the store has them not.
pub fn generated_sheet(store: &Store, generated: StepKey, most: usize) -> Result<Vec<u8>, String> {
    let generated = Generated::open(store, generated)?;
    let count = generated.conditions.iter().max().map_or(0, |most| most + 1);
    let rows: Vec<Vec<usize>> = (0..count).map(|c| generated.of(c, most)).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0).max(1);
    generated.png(&rows.concat(), columns, 2)
}

/// A model's images, `most` of each condition at most, each as a PNG: its condition, its number among that condition's, its bytes.
///
/// # Errors
/// In words, where the store has them not.
pub fn pictures(
    store: &Store,
    generated: StepKey,
    most: usize,
) -> Result<Vec<(i64, usize, Vec<u8>)>, String> {
    let generated = Generated::open(store, generated)?;
    let count = generated.conditions.iter().max().map_or(0, |most| most + 1);
    let mut found = Vec::new();
    for condition in 0..count {
        for (number, place) in generated.of(condition, most).into_iter().enumerate() {
            found.push((condition, number, generated.png(&[place], 1, 0)?));
        }
    }
    Ok(found)
}

/// The height of a line of text, and about how wide a character is, px.
const LINE: usize = 18;
const CHARACTER: usize = 7;
/// Between columns, and around everything, px.
const GAP: usize = 8;

impl Grid {
    /// As SVG.
    #[must_use]
    pub fn svg(&self) -> String {
        let sizes = self.rows.iter().flat_map(|r| &r.cells).map(|c| c.size);
        let (wide, high) = sizes.reduce(|a, b| (a.0.max(b.0), a.1.max(b.1))).unwrap_or((LARGE, LARGE));
        // Small images are enlarged by whole numbers.
        let scale = (LARGE / high.max(1)).max(1);
        let (wide, high) = (wide * scale, high * scale);
        let characters = self.rows.iter().map(|r| r.label.chars().count()).max().unwrap_or(0).max(9);
        let (left, top) = (GAP + characters * CHARACTER + GAP, GAP + 2 * LINE + 4);
        let marked = self.rows.iter().any(|r| r.forgotten.contains(&true));
        let width = left + self.conditions.len() * (wide + GAP) + GAP;
        let height = top + self.rows.len() * (high + GAP) + GAP + if marked { LINE } else { 0 };
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
             font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"{width}\" height=\"{height}\" fill=\"#FFFFFF\"/>\n"
        );
        let mut text = |x: usize, y: usize, anchor: &str, size: usize, text: &str| {
            // Writing into memory cannot fail.
            let _ = writeln!(
                out,
                "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\" font-size=\"{size}\">{}</text>",
                escaped(text)
            );
        };
        text(GAP, GAP + 12, "start", 14, self.caption.as_deref().unwrap_or(&self.name));
        text(left - GAP, top - 6, "end", 12, "condition");
        for (at, condition) in self.conditions.iter().enumerate() {
            text(left + at * (wide + GAP) + wide / 2, top - 6, "middle", 12, condition);
        }
        for (at, row) in self.rows.iter().enumerate() {
            let middle = top + at * (high + GAP) + high / 2 + 4;
            text(left - GAP, middle, "end", 12, &row.label);
            if row.cells.is_empty() {
                text(left, middle, "start", 12, "not in the store yet: `mu run` makes them");
            }
        }
        if marked {
            text(left + 18, height - GAP, "start", 12, "framed: the condition is forgotten");
        }
        let frame = |x: usize, y: usize, w: usize, h: usize| {
            format!(
                "<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" fill=\"none\" stroke=\"#D62728\" stroke-width=\"2\"/>\n"
            )
        };
        for (at, row) in self.rows.iter().enumerate() {
            let y = top + at * (high + GAP);
            for (column, cell) in row.cells.iter().enumerate() {
                let x = left + column * (wide + GAP);
                let (w, h) = (cell.size.0 * scale, cell.size.1 * scale);
                let data = base64::engine::general_purpose::STANDARD.encode(&cell.png);
                let _ = writeln!(
                    out,
                    "<image x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" image-rendering=\"optimizeSpeed\" \
                     style=\"image-rendering:pixelated\" href=\"data:image/png;base64,{data}\"/>"
                );
                if row.forgotten.get(column) == Some(&true) {
                    // An image ends with a white pixel.
                    out.push_str(&frame(x - 3, y - 3, w - scale + 6, h - scale + 6));
                }
            }
        }
        if marked {
            out.push_str(&frame(left, height - GAP - 11, 12, 12));
        }
        out.push_str("</svg>\n");
        out
    }
}

/// A text in XML.
fn escaped(text: &str) -> String {
    mu_diag::one_line(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
