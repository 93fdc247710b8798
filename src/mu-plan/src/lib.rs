//! Program + facts about its data → a graph of steps, each once. Pure: the caller reads the disk.

mod build;
mod render;

use std::path::PathBuf;

use indexmap::IndexMap;
use mu_check::{Measured, Program};
use mu_data::Facts;
use mu_diag::{Diagnostic, Span};
use mu_step::{SourceKind, StepKey, StepSpec};

pub use render::render;

/// What must be known about data before planning: digest and counts, by source and folder.
pub trait DataFacts {
    /// The facts of a data set.
    ///
    /// # Errors
    /// In words, where it cannot be read.
    fn facts(&self, source: SourceKind, root: Option<&str>) -> Result<Facts, String>;
}

/// Everything that must exist for a program's numbers.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The steps by key; a step's inputs stand before it.
    pub steps: IndexMap<StepKey, Step>,
    /// For each experiment, where its numbers are.
    pub targets: Vec<Targets>,
}

/// A step of the plan.
#[derive(Clone, Debug)]
pub struct Step {
    /// What to do.
    pub spec: StepSpec,
    /// Where a data step's files lie.
    pub root: Option<PathBuf>,
    /// For people: the axis positions it belongs to.
    pub label: String,
    /// The field that asked for it.
    pub span: Span,
}

/// The measured numbers of an experiment.
#[derive(Clone, Debug, Default)]
pub struct Targets {
    /// Distinct measured numbers per point.
    pub measured: Vec<Measured>,
    /// `keys[point][i]` is the step of `measured[i]` at that point.
    pub keys: Vec<Vec<StepKey>>,
}

impl Targets {
    /// The step of a measured number at a point.
    #[must_use]
    pub fn key(&self, point: usize, measured: Measured) -> Option<StepKey> {
        let at = self.measured.iter().position(|m| *m == measured)?;
        self.keys.get(point)?.get(at).copied()
    }
}

impl Plan {
    /// The keys that tables and results read.
    pub fn target_keys(&self) -> impl Iterator<Item = StepKey> {
        self.targets.iter().flat_map(|t| t.keys.iter().flatten().copied())
    }

    /// What must run: every missing target, and what it needs that is missing too, inputs first.
    #[must_use]
    pub fn missing(&self, has: &dyn Fn(StepKey) -> bool) -> Vec<StepKey> {
        let mut wanted = vec![false; self.steps.len()];
        let index = |key: StepKey| self.steps.get_index_of(&key);
        for at in self.target_keys().filter(|k| !has(*k)).filter_map(index) {
            wanted[at] = true;
        }
        // Inputs stand before what needs them: one pass backwards reaches them all.
        for at in (0..self.steps.len()).rev() {
            if wanted[at] {
                for input in self.steps[at].spec.inputs().into_iter().filter(|k| !has(*k)).filter_map(index) {
                    wanted[input] = true;
                }
            }
        }
        self.steps.keys().zip(&wanted).filter(|(_, w)| **w).map(|(k, _)| *k).collect()
    }
}

/// Plans a program.
pub fn plan(program: &Program, facts: &dyn DataFacts) -> (Plan, Vec<Diagnostic>) {
    build::build(program, facts)
}
