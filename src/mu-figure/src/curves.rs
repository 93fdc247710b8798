//! How losses fell while models were trained, and how sure the models are of forget, retain and test samples.

use std::collections::HashSet;

use mu_check::Program;
use mu_numbers::Outputs;
use mu_plan::{Made, Part, Plan, RequestedBy};
use mu_step::StepKey;
use mu_step::artefact::{Epoch, Log, Rounds};
use mu_store::{Object, Store};

use crate::chart::{Chart, Series};

/// So many lines are told apart in one drawing, and so many drawings are on a page.
const LINES: usize = 12;
const CHARTS: usize = 12;

/// A drawing of something's course: its title, what a line goes along, the number's name and the numbers in an object, and of which of
/// a point's steps, which depends on so much of the point.
struct Course {
    title: &'static str,
    x: &'static str,
    y: &'static str,
    numbers: fn(&Object) -> Vec<f64>,
    of: fn(&Made) -> Option<StepKey>,
    part: Part,
}

const ORIGINALS: Course = Course {
    title: "Training of the original models",
    x: "epoch",
    y: "loss",
    numbers: |object| epochs(object, |e| Some(e.loss)),
    of: |made| made.original,
    part: Part::Original,
};
const METHODS: Course =
    Course { title: "Unlearning", of: |made| Some(made.model), part: Part::Point, ..ORIGINALS };
const COURSES: [Course; 5] = [
    ORIGINALS,
    Course { y: "accuracy", numbers: |object| epochs(object, |e| e.accuracy), ..ORIGINALS },
    METHODS,
    Course { y: "accuracy", numbers: |object| epochs(object, |e| e.accuracy), ..METHODS },
    Course {
        title: "Worst-case selection",
        x: "round",
        y: "objective",
        numbers: |object| {
            object
                .record()
                .map_or_else(|_| Vec::new(), |Rounds(all)| all.iter().map(|r| r.objective).collect())
        },
        of: |made| Some(made.forget),
        part: Part::Selected,
    },
];

fn epochs(object: &Object, number: fn(&Epoch) -> Option<f64>) -> Vec<f64> {
    object.record().map_or_else(|_| Vec::new(), |Log(all)| all.iter().filter_map(number).collect())
}

/// Losses and accuracies of trainings and unlearnings, and the objectives of selections, a drawing for each.
///
/// # Errors
/// In words, where the drawing library refuses.
pub fn of_trainings(program: &Program, plan: &Plan, store: &Store) -> Result<Vec<String>, String> {
    let mut charts = Vec::new();
    for Course { title, x, y, numbers, of, part } in COURSES {
        let mut lines = Vec::new();
        let mut seen = HashSet::new();
        for (experiment, point, made) in plan.made(program) {
            if lines.len() == LINES {
                break;
            }
            let Some(key) = of(&made).filter(|key| seen.insert(*key)) else { continue };
            let Ok(Some(object)) = store.get(key) else { continue };
            let numbers = numbers(&object);
            if numbers.len() > 1 {
                let points = numbers.iter().enumerate().map(|(i, v)| (i as f64 + 1.0, *v)).collect();
                lines.push(Series { label: RequestedBy { experiment, point, part }.label(program), points });
            }
        }
        if !lines.is_empty() {
            let y = if y == "accuracy" { "accuracy [%]" } else { y };
            charts.push(Chart { title, x, y, series: &lines }.lines()?);
        }
    }
    Ok(charts)
}

/// What a histogram shows of each sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HistogramOf {
    /// The probability of the true class.
    Confidence,
    /// Its cross-entropy; what is beyond 5 is counted there.
    Loss,
}

/// For some points, histograms of confidence and loss.
///
/// # Errors
/// In words, where the drawing library refuses.
pub fn histograms_of(program: &Program, plan: &Plan, store: &Store) -> Result<Vec<[String; 2]>, String> {
    let mut charts = Vec::new();
    let mut seen: HashSet<(usize, usize, usize)> = HashSet::new();
    for (experiment, point, made) in plan.made(program) {
        // One seed of each method and forget set.
        if charts.len() == CHARTS || !seen.insert((experiment, point.forget, point.unlearn)) {
            continue;
        }
        let title = RequestedBy { experiment, point, part: Part::Point }.label(program);
        let draw = |of| histogram(store, made, of, &title);
        // What is not computed yet is left out.
        if let (Ok(confidence), Ok(loss)) = (draw(HistogramOf::Confidence), draw(HistogramOf::Loss)) {
            charts.push([confidence, loss]);
        }
    }
    Ok(charts)
}

/// A histogram over the forget, retain and test samples of a model, each as shares of its own: an SVG.
///
/// # Errors
/// In words, where the store has not what it needs, or it cannot be drawn.
pub fn histogram(store: &Store, made: Made, of: HistogramOf, title: &str) -> Result<String, String> {
    let series = histograms(&Outputs::read(store, made)?, of);
    let x = match of {
        HistogramOf::Confidence => "confidence in the true class",
        HistogramOf::Loss => "cross-entropy",
    };
    Chart { title, x, y: "share of samples", series: &series }.lines()
}

const BINS: usize = 20;

/// Losses beyond this are counted in the last bin.
const MOST_LOSS: f64 = 5.0;

fn histograms(outputs: &Outputs, of_what: HistogramOf) -> Vec<Series> {
    let mut of = [("forget", Vec::new()), ("retain", Vec::new()), ("test", Vec::new())];
    for output in outputs.samples() {
        let place = match (output.part, output.forget) {
            (_, true) => 0,
            ("train" | "retain", false) => 1,
            ("test", false) => 2,
            // Validation samples that nobody asked to forget are in none of the three.
            _ => continue,
        };
        of[place].1.push(match of_what {
            HistogramOf::Confidence => output.confidence(),
            HistogramOf::Loss => output.loss() / MOST_LOSS,
        });
    }
    let series = of.into_iter().filter(|(_, values)| !values.is_empty()).map(|(label, values)| {
        let mut bins = [0usize; BINS];
        for v in &values {
            bins[((v * BINS as f64) as usize).min(BINS - 1)] += 1;
        }
        let share = |n: usize| n as f64 / values.len() as f64;
        let whole = if of_what == HistogramOf::Loss { MOST_LOSS } else { 1.0 };
        let points =
            bins.iter().enumerate().map(|(i, n)| (whole * (i as f64 + 0.5) / BINS as f64, share(*n)));
        Series { label: format!("{label} ({})", values.len()), points: points.collect() }
    });
    series.collect()
}
