//! Plans without a disk: of the digits, which ship with mu.

use std::path::PathBuf;

use mu_check::Program;
use mu_diag::Problem;
use mu_plan::{DataFacts, Known, Plan, plan};
use mu_step::{Facts, LayerGraph, ListOf, Module, SourceKind, View, Wanted};

/// Every data set is as large as the digits, and no file is there.
pub struct Digits;

fn gone<T>(path: &str) -> Result<T, Problem> {
    Err(Problem::new(format!("{path} is gone"), ""))
}

impl DataFacts for Digits {
    fn facts(&self, _: &SourceKind, _: Option<&str>) -> Result<Facts, Problem> {
        Ok(Facts::of(1797, None))
    }
    fn place(&self, path: &str) -> PathBuf {
        path.into()
    }
    fn list(&self, path: &str, _: ListOf) -> Result<String, Problem> {
        gone(path)
    }
    fn module(&self, path: &str) -> Result<(String, Module), Problem> {
        gone(path)
    }
    fn program(&self, path: &str, _: bool) -> Result<String, Problem> {
        gone(path)
    }
    fn checkpoint(
        &self,
        path: &str,
        _: Wanted<'_>,
        _: &LayerGraph,
        _: &View,
    ) -> Result<(String, Vec<String>), Problem> {
        gone(path)
    }
}

/// The plan of a program on the digits, of which nothing was computed yet.
#[must_use]
pub fn planned(program: &Program) -> Plan {
    plan(program, &Digits, &|_| Known::Missing).0
}
