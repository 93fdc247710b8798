//! What the later stages see: experiments with every value settled, and tables as queries.

use mu_diag::Span;
use mu_step::{Budget, DataSpec, Feature, LayerGraph, On, Procedure, Recipe, Shared, View};

use crate::Unit;
use crate::condition::Condition;
use crate::origin::Origin;

/// A checked file.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// Its experiments, in order.
    pub experiments: Vec<Experiment>,
    /// Its tables, in order.
    pub tables: Vec<Table>,
    /// Its figures, in order.
    pub figures: Vec<Figure>,
    /// Its claims, in order.
    pub claims: Vec<Claim>,
}

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
    /// How its images become network input.
    pub view: Shared<View>,
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
        procedure: Shared<Procedure>,
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

/// The seeds of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seeds {
    /// Of the original model's training.
    pub train: u64,
    /// Of the choice of the forget set.
    pub select: u64,
    /// Of the unlearning method.
    pub unlearn: u64,
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
    pub train: Vec<Alternative<Shared<Recipe>>>,
    /// Forget sets: for each, one per recipe (a lower level may use the recipe).
    pub forget: Vec<Alternative<Vec<Forget>>>,
    /// Methods: for each, one procedure per recipe.
    pub unlearn: Vec<Alternative<Vec<Shared<Procedure>>>>,
    /// Seeds.
    pub seed: Vec<Alternative<Seeds>>,
    /// What is measured at every point.
    pub measure: Vec<Metric>,
    /// The points that `zip` and `except` leave, by index; all of them where there is neither.
    pub kept: Option<Vec<usize>>,
    /// What is tuned before the grid is run.
    pub tunes: Vec<Tune>,
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
    /// The same point with another method.
    #[must_use]
    pub fn sibling(&self, p: Point, method: &str) -> Option<Point> {
        let axis = self.axis("unlearn")?;
        let at = self.axes[axis].labels.iter().position(|l| l == method)?;
        let unlearn = self.unlearn.iter().position(|a| a.coords.contains(&Coord { axis, at }))?;
        Some(Point { unlearn, ..p })
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
    /// Its best value, where it has one.
    pub optimum: Option<Optimum>,
}

/// What a metric's best value is.
#[derive(Clone, Debug, PartialEq)]
pub enum Optimum {
    /// The largest.
    Higher,
    /// The smallest.
    Lower,
    /// The nearest to a number.
    Value(f64),
    /// The nearest to what a method has at the same point.
    Method(String),
}

impl Optimum {
    /// The sign beside a metric's name.
    #[must_use]
    pub fn sign(&self) -> String {
        match self {
            Optimum::Higher => "↑".to_owned(),
            Optimum::Lower => "↓".to_owned(),
            Optimum::Value(v) => format!("→{v}"),
            Optimum::Method(_) => "≈".to_owned(),
        }
    }
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
    /// The least.
    Min(Vec<Formula>),
    /// The greatest.
    Max(Vec<Formula>),
}

/// A metric kernel with its parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measured {
    /// Accuracy on a part, percent.
    Accuracy(On),
    /// Attack, percent.
    Mia {
        /// What the attack sees of a sample.
        feature: Feature,
        /// The SVC's C.
        c: f64,
        /// The part whose samples are the non-members.
        outside: On,
        /// Whether members and non-members are equally many.
        balance: bool,
    },
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
            Formula::Mean(items) | Formula::Min(items) | Formula::Max(items) => {
                items.iter().for_each(|i| i.leaves(f));
            }
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
            Formula::Min(items) => Formula::Min(items.into_iter().map(|i| i.at(method)).collect()),
            Formula::Max(items) => Formula::Max(items.into_iter().map(|i| i.at(method)).collect()),
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
            Formula::Min(items) => {
                items.iter().map(go).collect::<Option<Vec<f64>>>()?.into_iter().reduce(f64::min)?
            }
            Formula::Max(items) => {
                items.iter().map(go).collect::<Option<Vec<f64>>>()?.into_iter().reduce(f64::max)?
            }
        })
    }
}

/// Which points of an experiment, and how their values become one.
#[derive(Clone, Debug)]
pub struct Query {
    /// The experiment's index in the program.
    pub experiment: usize,
    /// The points.
    pub filter: Option<Condition>,
    /// The axes that are aggregated over.
    pub over: Vec<usize>,
    /// The centre.
    pub center: Center,
    /// What follows the ±.
    pub spread: Option<Spread>,
}

/// A table over one experiment.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// What a cell is.
    pub query: Query,
    /// What the rows run over.
    pub rows: Vec<Dimension>,
    /// What the columns run over.
    pub columns: Vec<Dimension>,
    /// Under or above the table.
    pub caption: Option<String>,
    /// Whether the best of each group of methods is marked.
    pub highlight: bool,
    /// Whether each cell shows its distance to the metric's optimum.
    pub gaps: bool,
    /// Decimals: of one metric by its label, of all by the empty label.
    pub digits: Vec<(String, usize)>,
    /// Values that others reported.
    pub expect: Vec<Expected>,
}

/// A reference value for a cell.
#[derive(Clone, Debug)]
pub struct Expected {
    /// Where.
    pub coords: Vec<Coord>,
    /// Of which metric, by its label.
    pub metric: String,
    /// What was reported.
    pub value: f64,
    /// How far ours may lie from it.
    pub tolerance: f64,
}

/// Something that rows or columns run over.
#[derive(Clone, Debug)]
pub enum Dimension {
    /// An axis of the experiment.
    Axis(usize),
    /// Metrics.
    Metrics(Vec<Metric>),
}

/// A figure over one experiment: a line per combination of some axes.
#[derive(Clone, Debug)]
pub struct Figure {
    /// Its name.
    pub name: String,
    /// What a point is.
    pub query: Query,
    /// The horizontal axis.
    pub x: usize,
    /// The vertical axis.
    pub y: Metric,
    /// A line for each combination of their positions.
    pub lines: Vec<usize>,
    /// Below the figure.
    pub caption: Option<String>,
}

/// The centre of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the statistics' own names")]
pub enum Center {
    Mean,
    Median,
    Min,
    Max,
    /// The value nearest to the metric's optimum.
    Best,
}

impl Center {
    /// Every centre and its word.
    pub const ALL: &[(Center, &str)] = &[
        (Center::Mean, "mean"),
        (Center::Median, "median"),
        (Center::Min, "min"),
        (Center::Max, "max"),
        (Center::Best, "best"),
    ];
}

/// What follows the ±.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// Sample standard deviation (n − 1).
    Std,
    /// Half the width of the 95 % confidence interval of the mean (Student's t).
    Ci95,
}

/// A statement that is true or false of the numbers.
#[derive(Clone, Debug)]
pub struct Claim {
    /// In words.
    pub text: String,
    /// Its place.
    pub span: Span,
    /// When it holds.
    pub condition: Test,
}

/// A condition over aggregates.
#[derive(Clone, Debug)]
pub enum Test {
    /// a ? b
    Compare(Comparison, Amount, Amount),
    /// Both.
    And(Box<Test>, Box<Test>),
    /// At least one.
    Or(Box<Test>, Box<Test>),
    /// The opposite.
    Not(Box<Test>),
}

/// How two amounts are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the comparisons' own names")]
pub enum Comparison {
    Below,
    AtMost,
    Above,
    AtLeast,
    Equal,
    Unequal,
}

/// Arithmetic over aggregates.
#[derive(Clone, Debug)]
pub enum Amount {
    /// A constant.
    Number(f64),
    /// One value out of many points.
    Aggregate(Box<Query>, Box<Metric>),
    /// |a|
    Abs(Box<Amount>),
    /// a + b, a − b, a · b, a / b
    Binary(Arithmetic, Box<Amount>, Box<Amount>),
}

/// An operation on amounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the operations' own names")]
pub enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
}

impl Test {
    /// Calls `f` on every aggregate.
    pub fn aggregates(&self, f: &mut dyn FnMut(&Query, &Metric)) {
        match self {
            Test::Compare(_, a, b) => {
                a.aggregates(f);
                b.aggregates(f);
            }
            Test::And(a, b) | Test::Or(a, b) => {
                a.aggregates(f);
                b.aggregates(f);
            }
            Test::Not(a) => a.aggregates(f),
        }
    }
}

impl Amount {
    /// Calls `f` on every aggregate.
    pub fn aggregates(&self, f: &mut dyn FnMut(&Query, &Metric)) {
        match self {
            Amount::Number(_) => {}
            Amount::Aggregate(query, metric) => f(query, metric),
            Amount::Abs(a) => a.aggregates(f),
            Amount::Binary(_, a, b) => {
                a.aggregates(f);
                b.aggregates(f);
            }
        }
    }
}
