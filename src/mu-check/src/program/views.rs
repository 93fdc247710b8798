//! What reports on an experiment: tables, figures, claims.

use mu_diag::Span;

use super::condition::Condition;
use super::experiment::Coord;
use super::formula::Metric;

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
    /// Which cells are tested, and against what.
    pub test: Option<Paired>,
    /// Values that others reported.
    pub expect: Vec<Expected>,
}

/// A paired test of each method against one of them, over what the cells aggregate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paired {
    /// How.
    pub by: PairedTest,
    /// The method.
    pub against: String,
}

/// A paired test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairedTest {
    /// Student's, of the mean difference.
    T,
    /// Wilcoxon's signed-rank test.
    Wilcoxon,
}

impl PairedTest {
    /// Every test and its word.
    pub const ALL: &[(PairedTest, &str)] = &[(PairedTest::T, "paired"), (PairedTest::Wilcoxon, "wilcoxon")];
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

/// How a figure is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the words of the language")]
pub enum Draw {
    Lines,
    Bars,
    Scatter,
}

/// What a figure has on its horizontal axis.
#[derive(Clone, Debug)]
pub enum Across {
    /// The positions of an axis.
    Axis(usize),
    /// Of scatter plots: the values of a metric.
    Metric(Box<Metric>),
}

/// A figure over one experiment.
#[derive(Clone, Debug)]
pub struct Figure {
    /// Its name.
    pub name: String,
    /// What a point, or a row, is.
    pub query: Query,
    /// What it shows.
    pub shows: Shows,
    /// Below the figure.
    pub caption: Option<String>,
}

/// What a figure shows.
#[derive(Clone, Debug)]
pub enum Shows {
    /// A metric.
    Numbers(Box<Numbers>),
    /// Images of denoisers.
    Samples(Samples),
}

/// A metric along an axis: a line per combination of some axes.
#[derive(Clone, Debug)]
pub struct Numbers {
    /// How it is drawn.
    pub draw: Draw,
    /// The horizontal axis.
    pub x: Across,
    /// The vertical axis.
    pub y: Metric,
    /// A line for each combination of their positions.
    pub lines: Vec<usize>,
}

/// Images of denoisers: a row per combination of some axes, a column per condition.
#[derive(Clone, Debug)]
pub struct Samples {
    /// The axes that rows run over.
    pub rows: Vec<usize>,
    /// Images of a condition.
    pub images: usize,
}

/// The centre of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the statistics' own names")]
pub enum Center {
    Mean,
    Median,
    Min,
    Max,
    /// The sample standard deviation, for claims about spreads.
    Std,
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
        (Center::Std, "std"),
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
    /// The two-sided p-value of a paired test between two aggregates' values.
    PValue(PairedTest, Box<(Query, Metric)>, Box<(Query, Metric)>),
    /// Kendall's W of the methods' ranks over the positions of the axis that is aggregated over.
    Stability(Box<Query>, Box<Metric>),
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
            Amount::Aggregate(query, metric) | Amount::Stability(query, metric) => f(query, metric),
            Amount::PValue(_, a, b) => {
                f(&a.0, &a.1);
                f(&b.0, &b.1);
            }
            Amount::Abs(a) => a.aggregates(f),
            Amount::Binary(_, a, b) => {
                a.aggregates(f);
                b.aggregates(f);
            }
        }
    }
}
