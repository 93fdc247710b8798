//! Program + facts about its data → a graph of steps, with who asked for each and where the numbers are. Pure: the caller reads the disk.

// A new member of an enumeration is looked at wherever one is taken apart.
#![deny(clippy::wildcard_enum_match_arm)]

mod build;
mod choose;
mod cost;
mod generative;
mod kernel;
mod limit;
mod modules;
mod planner;
mod programs;
mod read;
mod render;
#[cfg(test)]
mod tests;
mod tuning;

use std::collections::HashMap;
use std::path::PathBuf;

use mu_check::{Coord, Measured, Point, Program};
use mu_diag::{Problem, Span};
use mu_graph::{Graph, Step};
use mu_step::{Facts, LayerGraph, ListOf, Module, SourceKind, StepKey, View, Wanted};

pub use modules::open_modules;
pub use planner::plan;
pub use render::render;

/// What must be known about data before planning: digest and counts, by source and folder.
pub trait DataFacts {
    /// The facts of a data set.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn facts(&self, source: &SourceKind, root: Option<&str>) -> Result<Facts, Problem>;

    /// Where the data set or the file lies that a program names so.
    fn place(&self, path: &str) -> PathBuf;

    /// The digest of the numbers that a file lists.
    ///
    /// # Errors
    /// Where it cannot be read, or holds no list.
    fn list(&self, path: &str, of: ListOf) -> Result<String, Problem>;

    /// The BLAKE3 digest of a TorchScript module's file, and what it is made of.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn module(&self, path: &str) -> Result<(String, Module), Problem>;

    /// The BLAKE3 digest of a file of a method's program; `starts` where it is run without a command.
    ///
    /// # Errors
    /// Where it cannot be read, or cannot be started.
    fn program(&self, path: &str, starts: bool) -> Result<String, Problem>;

    /// The BLAKE3 digest of a checkpoint whose tensors are a network's, for data that are seen so, and what is to be said of how they
    /// were found in it.
    ///
    /// # Errors
    /// Where it cannot be read, or its tensors are another network's.
    fn checkpoint(
        &self,
        path: &str,
        wanted: Wanted<'_>,
        graph: &LayerGraph,
        view: &View,
    ) -> Result<(String, Vec<String>), Problem>;
}

/// Everything that must exist for a program's numbers.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// What must be computed.
    pub graph: Graph,
    /// Who asked for each step first, in the order of the graph's steps.
    requested_by: Vec<RequestedBy>,
    /// For each experiment, where its numbers are.
    pub targets: Vec<Targets>,
}

/// What of a program asked for a step.
#[derive(Clone, Copy, Debug)]
pub struct RequestedBy {
    /// The experiment's index in the program.
    pub experiment: usize,
    /// One of its points that need the step.
    pub point: Point,
    /// Which of the point's fields the step depends on.
    pub part: Part,
}

/// Which fields of a point a step depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The data alone.
    Data,
    /// Data, model, recipe, seed.
    Original,
    /// Data, forget set, seed.
    Drawn,
    /// Data, model, recipe, forget set, seed.
    Selected,
    /// The same, and which round of a selection, from 1.
    Round(usize),
    /// All of them.
    Point,
}

impl RequestedBy {
    /// The positions that the step belongs to, in words: `forget=worst seed=2`.
    #[must_use]
    pub fn label(&self, program: &Program) -> String {
        let Some(e) = program.experiments.get(self.experiment) else { return String::new() };
        let p = self.point;
        let (data, model, train) =
            (&e.data[p.data].coords, &e.model[p.model].coords, &e.train[p.train].coords);
        let (forget, unlearn) = (&e.forget[p.forget].coords, &e.unlearn[p.unlearn].coords);
        let seed = &e.seed[p.seed].coords;
        let fields: &[&Vec<Coord>] = match self.part {
            Part::Data => &[data],
            Part::Original => &[data, model, train, seed],
            Part::Drawn => &[data, forget, seed],
            Part::Selected | Part::Round(_) => &[data, model, train, forget, seed],
            Part::Point => &[data, model, train, forget, unlearn, seed],
        };
        let coords = fields.iter().flat_map(|f| f.iter());
        let mut labels: Vec<String> =
            coords.map(|c| format!("{}={}", e.axes[c.axis].name, e.label(*c))).collect();
        if let Part::Round(round) = self.part {
            labels.push(format!("round {round}"));
        }
        labels.join(" ")
    }
    /// The field that asked for the step.
    #[must_use]
    pub fn span(&self, program: &Program) -> Option<Span> {
        let e = program.experiments.get(self.experiment)?;
        Some(match self.part {
            Part::Data => e.data[self.point.data].span,
            Part::Original => e.train[self.point.train].span,
            Part::Drawn | Part::Selected | Part::Round(_) => e.forget[self.point.forget].span,
            Part::Point => e.unlearn[self.point.unlearn].span,
        })
    }
}

/// What is known of a measured number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Known {
    /// It is there.
    Value(f64),
    /// It cannot be had.
    Failed,
    /// It was not computed yet.
    Missing,
}

/// A parameter that could not be chosen yet.
#[derive(Clone, Debug)]
pub struct Undecided {
    /// Its axis.
    pub axis: usize,
    /// For which methods, models, …
    pub group: String,
    /// Numbers that must be there first.
    pub missing: usize,
    /// Candidates' numbers that cannot be had.
    pub failed: usize,
}

/// The steps of a point itself, and of no other: not those of shadow models, of scores or of rounds of a selection, which may run the
/// same method on other seeds or sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Made {
    /// Its forget set.
    pub forget: StepKey,
    /// Its model, after the method.
    pub model: StepKey,
    /// The outputs of that model; of a denoiser what the judge says of its images.
    pub infer: StepKey,
    /// Of a denoiser: its images.
    pub generated: Option<StepKey>,
    /// The original model, where the method reads it.
    pub original: Option<StepKey>,
}

/// The measured numbers of an experiment.
#[derive(Clone, Debug, Default)]
pub struct Targets {
    /// Distinct measured numbers per point.
    pub measured: Vec<Measured>,
    /// For each combination that is planned, the step of each measured number.
    pub keys: HashMap<usize, Vec<StepKey>>,
    /// For each combination that is planned, its own steps.
    pub made: HashMap<usize, Made>,
    /// For each combination that is reported, what is wanted beside its numbers: what notes below tables read, and images that figures
    /// show.
    pub beside: HashMap<usize, Vec<StepKey>>,
    /// The points that are reported: those of the grid, with tuned parameters at their chosen values.
    pub points: Vec<Point>,
    /// What must be tuned before more can be planned.
    pub undecided: Vec<Undecided>,
}

impl Targets {
    /// The step of a measured number at a combination.
    #[must_use]
    pub fn key(&self, combination: usize, measured: &Measured) -> Option<StepKey> {
        let at = self.measured.iter().position(|m| m == measured)?;
        self.keys.get(&combination)?.get(at).copied()
    }
}

impl Plan {
    /// Whether parameters must be tuned before the rest can be planned.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.targets.iter().any(|t| t.undecided.iter().any(|u| u.missing > 0))
    }
    /// The reported points with their own steps, in order: an experiment's index, a point of it, and what it made.
    pub fn made<'p>(&'p self, program: &'p Program) -> impl Iterator<Item = (usize, Point, Made)> + 'p {
        self.targets.iter().zip(&program.experiments).enumerate().flat_map(
            |(index, (targets, experiment))| {
                let made = move |p: &Point| Some((index, *p, *targets.made.get(&experiment.index(*p))?));
                targets.points.iter().filter_map(made)
            },
        )
    }

    /// The keys that tables and results read.
    pub fn target_keys(&self) -> impl Iterator<Item = StepKey> {
        self.targets.iter().flat_map(|t| t.keys.values().flatten().copied())
    }

    /// All that must be there: the numbers, and what is wanted beside them.
    pub fn wanted_keys(&self) -> impl Iterator<Item = StepKey> {
        let beside = self.targets.iter().flat_map(|t| t.beside.values().flatten().copied());
        self.target_keys().chain(beside)
    }

    /// The keys that the metrics of some points read, those of the methods that they are compared with too, and what is wanted beside.
    #[must_use]
    pub fn keys_of(&self, program: &Program, experiment: usize, points: &[Point]) -> Vec<StepKey> {
        let (Some(grid), Some(targets)) = (program.experiments.get(experiment), self.targets.get(experiment))
        else {
            return Vec::new();
        };
        let mut keys = Vec::new();
        for (point, metric) in points.iter().flat_map(|p| grid.measure.iter().map(move |m| (*p, m))) {
            metric.formula.leaves(&mut |measured, other| {
                let point = other.map_or(Some(point), |method| grid.sibling(point, method));
                keys.extend(point.and_then(|p| targets.key(grid.index(p), measured)));
            });
        }
        keys.extend(points.iter().filter_map(|p| targets.beside.get(&grid.index(*p))).flatten());
        keys
    }

    /// What must run: all that is wanted and missing, and what it needs that is missing too, inputs first.
    #[must_use]
    pub fn missing(&self, has: &dyn Fn(StepKey) -> bool) -> Vec<StepKey> {
        self.graph.missing(self.wanted_keys(), has)
    }

    /// Adds a step that is not there yet, and who asked for it.
    fn add(&mut self, key: StepKey, step: Step, by: RequestedBy) {
        self.graph.insert(key, step);
        self.requested_by.push(by);
    }

    /// Who asked for a step first.
    #[must_use]
    pub fn requested_by(&self, key: StepKey) -> Option<RequestedBy> {
        self.requested_by.get(self.graph.position(key)?).copied()
    }

    /// The positions that a step belongs to, in words: `forget=worst seed=2`; nothing for a step of another plan.
    #[must_use]
    pub fn label(&self, program: &Program, key: StepKey) -> String {
        self.requested_by(key).map_or_else(String::new, |by| by.label(program))
    }
}
