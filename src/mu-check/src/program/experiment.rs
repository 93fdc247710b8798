//! Experiments: fields with their alternatives, and the grid of points that they span.

use mu_diag::Span;
use mu_step::{CostOf, DataSpec, LayerGraph, Recipe, Sampling, Shared, View};

use super::condition::Condition;
use super::forget::{Forget, Unlearn};
use super::formula::{Metric, REFERENCE};
use super::weights::{FIELDS, REQUEST, Weights};
use crate::origin::Origin;

/// A position on an axis of an experiment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Coord {
    /// The axis, by its place among the experiment's.
    pub axis: usize,
    /// The position, by its place on the axis.
    pub at: usize,
}

/// One value that a field takes, and the axis positions that it stands for.
#[derive(Clone, Debug)]
pub struct Alternative<T> {
    /// Empty where the field has one value.
    pub coords: Vec<Coord>,
    /// The value.
    pub value: T,
    /// Where the value was written.
    pub span: Span,
    /// The value as the user wrote it.
    pub origin: Origin,
}

/// An axis of an experiment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axis {
    /// Its name.
    pub name: String,
    /// Its labels, in order.
    pub labels: Vec<String>,
    /// Whether a `tune` chooses its position.
    pub tuned: bool,
}

/// A data set, before its bytes are known.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// The step that decodes it; the digest is still empty.
    pub spec: DataSpec,
    /// Where its files lie.
    pub root: Option<String>,
    /// Share for validation, in 0..1.
    pub validation: f64,
    /// Whether NumPy's random numbers choose the validation samples.
    pub numpy: bool,
    /// Side of the network's input, px.
    pub size: i64,
    /// How its images become network input.
    pub view: Shared<View>,
}

/// A compute budget of every method but the one that it is a share of, and Retrain.
#[derive(Clone, Debug)]
pub struct Limit {
    /// Of what; minutes are enforced while a method runs, the rest is known before.
    pub what: CostOf,
    /// How much.
    pub most: Most,
    /// In words.
    pub text: String,
    /// Its place.
    pub span: Span,
}

/// How much of something may be spent.
#[derive(Clone, Debug, PartialEq)]
pub enum Most {
    /// So much: epochs, samples, operations or minutes.
    Amount(f64),
    /// A share, in 0..1, of what another method spends.
    Share(f64, String),
}

/// Where the original model comes from.
#[derive(Clone, Debug)]
pub struct Train {
    /// How it, and Retrain, are trained. Where a checkpoint leaves that unsaid, nothing asks for it.
    pub recipe: Shared<Recipe>,
    /// The file that the original model is taken from instead.
    pub checkpoint: Option<Weights>,
    /// The file that trainings by the recipe start from.
    pub from: Option<Weights>,
}

/// How images of denoisers are made, and who says what is in them.
#[derive(Clone, Debug)]
pub struct Generative {
    /// How they are made.
    pub sampling: Sampling,
    /// The judge in words: `classifier small_cnn`.
    pub label: String,
    /// The judge's network: for each data set one.
    pub judge: Vec<Shared<LayerGraph>>,
    /// How the judge is trained.
    pub recipe: Shared<Recipe>,
}

/// The seeds of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Seeds {
    /// Of the original model's training.
    pub train: u64,
    /// Of the choice of the forget set.
    pub select: u64,
    /// Of the unlearning method.
    pub unlearn: u64,
    /// Of what metrics draw.
    pub evaluate: u64,
}

/// An experiment: the product of its fields' alternatives.
#[derive(Clone, Debug)]
pub struct Experiment {
    /// Its name.
    pub name: String,
    /// Its name's place.
    pub span: Span,
    /// Its axes, in order of the fields.
    pub axes: Vec<Axis>,
    /// Data sets.
    pub data: Vec<Alternative<Dataset>>,
    /// Networks: for each model, one graph per data set.
    pub model: Vec<Alternative<Vec<Shared<LayerGraph>>>>,
    /// Training recipes.
    pub train: Vec<Alternative<Train>>,
    /// Forget sets: for each, one per recipe (a lower level may use the recipe).
    pub forget: Vec<Alternative<Vec<Forget>>>,
    /// Methods: for each, one procedure per recipe.
    pub unlearn: Vec<Alternative<Vec<Unlearn>>>,
    /// Seeds.
    pub seed: Vec<Alternative<Seeds>>,
    /// The label of the method that metrics compare with.
    pub reference: String,
    /// Of denoisers: how their images are made and judged.
    pub generative: Option<Generative>,
    /// What is measured at every point.
    pub measure: Vec<Metric>,
    /// The points that `zip` and `except` leave, by index; all of them where there is neither.
    pub kept: Option<Vec<usize>>,
    /// What is tuned before the grid is run.
    pub tunes: Vec<Tune>,
    /// Its compute budgets.
    pub limits: Vec<Limit>,
}

/// An axis whose position is chosen by a metric.
#[derive(Clone, Debug)]
pub struct Tune {
    /// The axis.
    pub axis: usize,
    /// The points on which candidates are compared.
    pub on: Condition,
    /// The metric that says which is best.
    pub metric: Metric,
    /// Whether the largest value is best.
    pub maximize: bool,
}

/// A point of the grid: an index into each field's alternatives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields of an experiment")]
pub struct Point {
    pub data: usize,
    pub model: usize,
    pub train: usize,
    pub forget: usize,
    pub unlearn: usize,
    pub seed: usize,
}

impl Experiment {
    fn radices(&self) -> [usize; 6] {
        [
            self.data.len(),
            self.model.len(),
            self.train.len(),
            self.forget.len(),
            self.unlearn.len(),
            self.seed.len(),
        ]
    }
    /// How many combinations its axes have.
    #[must_use]
    pub fn combinations(&self) -> usize {
        self.radices().iter().product()
    }
    /// How many points the grid has.
    #[must_use]
    pub fn size(&self) -> usize {
        self.kept.as_ref().map_or_else(|| self.combinations(), Vec::len)
    }
    /// The points of the grid; the last field runs fastest.
    pub fn points(&self) -> impl Iterator<Item = Point> + '_ {
        (0..self.size()).map(|i| self.point(self.kept.as_ref().map_or(i, |kept| kept[i])))
    }
    /// The `index`-th combination.
    #[must_use]
    pub fn point(&self, index: usize) -> Point {
        let mut rest = index;
        let mut digits = [0; 6];
        for (digit, radix) in digits.iter_mut().zip(self.radices()).rev() {
            *digit = rest % radix;
            rest /= radix;
        }
        let [data, model, train, forget, unlearn, seed] = digits;
        Point { data, model, train, forget, unlearn, seed }
    }
    /// The index of a combination.
    #[must_use]
    pub fn index(&self, p: Point) -> usize {
        let digits = [p.data, p.model, p.train, p.forget, p.unlearn, p.seed];
        digits.iter().zip(self.radices()).fold(0, |at, (digit, radix)| at * radix + digit)
    }
    /// Where a point stands on every axis that it is on.
    pub fn coords(&self, p: Point) -> impl Iterator<Item = Coord> {
        let parts: [&[Coord]; 6] = [
            &self.data[p.data].coords,
            &self.model[p.model].coords,
            &self.train[p.train].coords,
            &self.forget[p.forget].coords,
            &self.unlearn[p.unlearn].coords,
            &self.seed[p.seed].coords,
        ];
        parts.into_iter().flatten().copied()
    }
    /// A point's position on an axis, where it is on it.
    #[must_use]
    pub fn position(&self, p: Point, axis: usize) -> Option<usize> {
        self.coords(p).find(|c| c.axis == axis).map(|c| c.at)
    }
    /// What a condition says of a point: true, false, or nothing.
    #[must_use]
    pub fn says(&self, condition: &Condition, p: Point) -> Option<bool> {
        condition.says(&|axis| self.position(p, axis))
    }
    /// Whether a point is kept where a condition says which are: all but those of which it is false.
    #[must_use]
    pub fn keeps(&self, condition: &Condition, p: Point) -> bool {
        self.says(condition, p) != Some(false)
    }
    /// An axis by name.
    #[must_use]
    pub fn axis(&self, name: &str) -> Option<usize> {
        self.axes.iter().position(|a| a.name == name)
    }
    /// A coordinate in words.
    #[must_use]
    pub fn label(&self, coord: Coord) -> &str {
        &self.axes[coord.axis].labels[coord.at]
    }
    /// The checkpoints that originals, trainings, methods and selections start from, with the places that name them.
    #[must_use]
    pub fn checkpoints(&self) -> Vec<(Span, &Weights)> {
        let mut found = Vec::new();
        for train in &self.train {
            found.extend(train.value.checkpoint.iter().chain(&train.value.from).map(|w| (train.span, w)));
        }
        for unlearn in &self.unlearn {
            found.extend(unlearn.value.iter().filter_map(|v| Some((unlearn.span, v.checkpoint.as_ref()?))));
        }
        for forget in &self.forget {
            let against = forget.value.iter().flat_map(Forget::lower_levels);
            found.extend(against.filter_map(|v| Some((forget.span, v.checkpoint.as_ref()?))));
        }
        found
    }

    /// The path of weights at a point, and what it says of the point there: `seed=2`.
    #[must_use]
    pub fn path_at(&self, weights: &Weights, p: Point) -> (String, String) {
        let written: [&Origin; 6] = [
            &self.data[p.data].origin,
            &self.model[p.model].origin,
            &self.train[p.train].origin,
            &self.forget[p.forget].origin,
            &self.unlearn[p.unlearn].origin,
            &self.seed[p.seed].origin,
        ];
        let label = |axis: &str| {
            let on = self.axis(axis).and_then(|at| self.coords(p).find(|c| c.axis == at));
            match (on, FIELDS.iter().position(|field| *field == axis)) {
                (Some(coord), _) => self.label(coord).to_owned(),
                (None, Some(field)) if field < written.len() => written[field].0.to_string(),
                // A method without that parameter is at no position of its axis.
                (None, _) => format!("{{{axis}}}"),
            }
        };
        let said: Vec<String> =
            weights.axes().into_iter().map(|axis| format!("{axis}={}", label(axis))).collect();
        (weights.path_at(&label), said.join(" "))
    }

    /// The position of a model, as it is written.
    #[must_use]
    pub fn model_called(&self, label: &str) -> Option<usize> {
        let called = |a: &Alternative<_>| a.origin.0.component().is_some_and(|c| c.full_label() == label);
        self.model.iter().position(called)
    }

    /// The place in its sequence, from 0, of a forget set that is one of several requests.
    fn turn(&self, forget: usize) -> Option<usize> {
        let axis = self.axis(REQUEST)?;
        self.forget[forget].coords.iter().find(|c| c.axis == axis).map(|c| c.at)
    }

    /// The same point at the request before.
    #[must_use]
    pub fn before(&self, p: Point) -> Option<Point> {
        // The requests of a sequence are alternatives in a row.
        self.turn(p.forget).filter(|turn| *turn > 0).map(|_| Point { forget: p.forget - 1, ..p })
    }

    /// Whether a point's forget set is one of several requests.
    #[must_use]
    pub fn is_request(&self, p: Point) -> bool {
        self.turn(p.forget).is_some()
    }

    /// How many requests the sequence of a forget set has.
    #[must_use]
    pub fn requests(&self, forget: usize) -> usize {
        let Some(turn) = self.turn(forget) else { return 0 };
        let after = (forget + 1..self.forget.len()).take_while(|f| self.turn(*f).is_some_and(|t| t > 0));
        turn + 1 + after.count()
    }

    /// The same point at the request of a number, from 1.
    #[must_use]
    pub fn at_request(&self, p: Point, number: usize) -> Option<Point> {
        let first = p.forget - self.turn(p.forget)?;
        let known = (1..=self.requests(p.forget)).contains(&number);
        known.then(|| Point { forget: first + number - 1, ..p })
    }

    /// The same point with another method.
    #[must_use]
    pub fn sibling(&self, p: Point, method: &str) -> Option<Point> {
        let method = if method == REFERENCE { &self.reference } else { method };
        let axis = self.axis("unlearn")?;
        let at = self.axes[axis].labels.iter().position(|l| l == method)?;
        let unlearn = self.unlearn.iter().position(|a| a.coords.contains(&Coord { axis, at }))?;
        Some(Point { unlearn, ..p })
    }
}
