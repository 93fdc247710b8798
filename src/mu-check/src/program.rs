//! What the later stages see: experiments with every value settled, and tables as queries.

use mu_diag::Span;
use mu_step::{Budget, DataSpec, Feature, LayerGraph, On, Procedure, Recipe, View};

use crate::Unit;

/// A checked file.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// Its experiments, in order.
    pub experiments: Vec<Experiment>,
    /// Its tables, in order.
    pub tables: Vec<Table>,
}

/// A named position on an axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coord {
    /// The axis: `seed`, `forget.budget`.
    pub axis: String,
    /// The position's label.
    pub label: String,
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
}

/// An axis of an experiment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axis {
    /// Its name.
    pub name: String,
    /// Its labels, in order.
    pub labels: Vec<String>,
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
    /// How its images become network input.
    pub view: View,
}

/// A forget set to be selected.
#[derive(Clone, Debug)]
pub enum Forget {
    /// A uniform draw.
    Random(Budget),
    /// The bi-level selection.
    WorstCase {
        /// m
        budget: Budget,
        /// The weighted lower level.
        procedure: Procedure,
        /// R
        rounds: usize,
        /// α
        step: f64,
        /// γ
        gamma: f64,
        /// Maximise instead.
        reverse: bool,
    },
}

impl Forget {
    /// How many samples are to be forgotten.
    #[must_use]
    pub fn budget(&self) -> Budget {
        match self {
            Forget::Random(budget) | Forget::WorstCase { budget, .. } => *budget,
        }
    }
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
    pub model: Vec<Alternative<Vec<LayerGraph>>>,
    /// Training recipes.
    pub train: Vec<Alternative<Recipe>>,
    /// Forget sets: for each, one per recipe (a lower level may use the recipe).
    pub forget: Vec<Alternative<Vec<Forget>>>,
    /// Methods: for each, one procedure per recipe.
    pub unlearn: Vec<Alternative<Vec<Procedure>>>,
    /// Seeds.
    pub seed: Vec<Alternative<u64>>,
    /// What is measured at every point.
    pub measure: Vec<Metric>,
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
    /// How many points the grid has.
    #[must_use]
    pub fn points(&self) -> usize {
        self.radices().iter().product()
    }
    /// The `index`-th point; the last field runs fastest.
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
    /// The index of a point.
    #[must_use]
    pub fn index(&self, p: Point) -> usize {
        let digits = [p.data, p.model, p.train, p.forget, p.unlearn, p.seed];
        digits.iter().zip(self.radices()).fold(0, |at, (digit, radix)| at * radix + digit)
    }
    /// Where a point stands on every axis that it is on.
    pub fn coords(&self, p: Point) -> impl Iterator<Item = &Coord> {
        let parts: [&[Coord]; 6] = [
            &self.data[p.data].coords,
            &self.model[p.model].coords,
            &self.train[p.train].coords,
            &self.forget[p.forget].coords,
            &self.unlearn[p.unlearn].coords,
            &self.seed[p.seed].coords,
        ];
        parts.into_iter().flatten()
    }
    /// The same point with another method.
    #[must_use]
    pub fn sibling(&self, p: Point, method: &str) -> Option<Point> {
        let unlearn = self
            .unlearn
            .iter()
            .position(|a| a.coords.iter().any(|c| c.axis == "unlearn" && c.label == method));
        unlearn.map(|unlearn| Point { unlearn, ..p })
    }
}

/// A number that is reported at every point.
#[derive(Clone, Debug)]
pub struct Metric {
    /// Its label.
    pub name: String,
    /// How it comes from measured numbers.
    pub formula: Formula,
    /// Its unit.
    pub unit: Unit,
}

/// A metric as arithmetic over measured numbers.
#[derive(Clone, Debug, PartialEq)]
pub enum Formula {
    /// A constant.
    Number(f64),
    /// A measured number, at this point or at the same point with another method.
    Measured(Measured, Option<String>),
    /// |a|
    Abs(Box<Formula>),
    /// a + b
    Add(Box<Formula>, Box<Formula>),
    /// a − b
    Subtract(Box<Formula>, Box<Formula>),
    /// a · b
    Multiply(Box<Formula>, Box<Formula>),
    /// a / b
    Divide(Box<Formula>, Box<Formula>),
    /// The arithmetic mean.
    Mean(Vec<Formula>),
}

/// A metric kernel with its parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measured {
    /// Accuracy on a part, percent.
    Accuracy(On),
    /// Attack on a feature with the SVC's C, percent.
    Mia(Feature, f64),
    /// Minutes of the unlearning phase.
    Runtime,
}

impl Formula {
    /// Calls `f` on every measured number.
    pub fn leaves(&self, f: &mut dyn FnMut(Measured, Option<&str>)) {
        match self {
            Formula::Number(_) => {}
            Formula::Measured(m, at) => f(*m, at.as_deref()),
            Formula::Abs(a) => a.leaves(f),
            Formula::Add(a, b)
            | Formula::Subtract(a, b)
            | Formula::Multiply(a, b)
            | Formula::Divide(a, b) => {
                a.leaves(f);
                b.leaves(f);
            }
            Formula::Mean(items) => items.iter().for_each(|i| i.leaves(f)),
        }
    }
    /// The same formula, taken at another method.
    pub(crate) fn at(self, method: &str) -> Formula {
        let go = |f: Box<Formula>| Box::new(f.at(method));
        match self {
            Formula::Measured(m, _) => Formula::Measured(m, Some(method.to_owned())),
            Formula::Number(_) => self,
            Formula::Abs(a) => Formula::Abs(go(a)),
            Formula::Add(a, b) => Formula::Add(go(a), go(b)),
            Formula::Subtract(a, b) => Formula::Subtract(go(a), go(b)),
            Formula::Multiply(a, b) => Formula::Multiply(go(a), go(b)),
            Formula::Divide(a, b) => Formula::Divide(go(a), go(b)),
            Formula::Mean(items) => Formula::Mean(items.into_iter().map(|i| i.at(method)).collect()),
        }
    }
    /// Its value, from the values of its leaves; `None` where one is missing.
    pub fn evaluate(&self, leaf: &dyn Fn(Measured, Option<&str>) -> Option<f64>) -> Option<f64> {
        let go = |f: &Formula| f.evaluate(leaf);
        Some(match self {
            Formula::Number(v) => *v,
            Formula::Measured(m, at) => leaf(*m, at.as_deref())?,
            Formula::Abs(a) => go(a)?.abs(),
            Formula::Add(a, b) => go(a)? + go(b)?,
            Formula::Subtract(a, b) => go(a)? - go(b)?,
            Formula::Multiply(a, b) => go(a)? * go(b)?,
            Formula::Divide(a, b) => go(a)? / go(b)?,
            Formula::Mean(items) => {
                let values: Option<Vec<f64>> = items.iter().map(go).collect();
                let values = values?;
                values.iter().sum::<f64>() / values.len() as f64
            }
        })
    }
}

/// A table over one experiment.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// The experiment's index in the program.
    pub experiment: usize,
    /// What the rows run over.
    pub rows: Vec<Dimension>,
    /// What the columns run over.
    pub columns: Vec<Dimension>,
    /// The centre of a cell.
    pub center: Center,
    /// What follows the ±.
    pub spread: Option<Spread>,
    /// Under or above the table.
    pub caption: Option<String>,
}

/// Something that rows or columns run over.
#[derive(Clone, Debug)]
pub enum Dimension {
    /// An axis of the experiment.
    Axis(String),
    /// Metrics.
    Metrics(Vec<Metric>),
}

/// The centre of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the statistics' own names")]
pub enum Center {
    Mean,
    Median,
}

/// What follows the ±.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// Sample standard deviation (n − 1).
    Std,
}
