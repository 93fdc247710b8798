//! What the later stages see: experiments with every value settled, and tables as queries.

mod bound;
mod condition;
mod experiment;
mod forget;
mod formula;
mod views;
mod weights;

pub use bound::Bound;
pub use condition::Condition;
pub use experiment::{
    Alternative, Axis, Coord, Dataset, Experiment, Generative, Limit, Most, Point, Seeds, Train, Tune,
};
pub use forget::{FictitiousPlay, Forget, List, Named, SampleSet, Score, Unlearn, WeightSearch};
pub use formula::{Formula, Measured, Metric, Optimum, REFERENCE};
pub use views::{
    Across, Amount, Arithmetic, Center, Claim, Comparison, Dimension, Draw, Expected, Figure, Numbers,
    Paired, PairedTest, Query, Samples, Shows, Spread, Table, Test,
};
pub(crate) use weights::may_be_axis;
pub use weights::{REQUEST, Unseen, Weights};

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
