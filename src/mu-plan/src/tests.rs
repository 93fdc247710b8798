//! What becomes of experiments that cannot be planned.

use std::path::PathBuf;

use mu_check::Files;
use mu_diag::Problem;
use mu_step::{Facts, LayerGraph, ListOf, Module, SourceKind, View, Wanted};

use crate::{DataFacts, Known, plan};

struct Nothing;

impl Files for Nothing {
    fn read(&self, path: &str) -> Result<String, String> {
        Err(path.to_owned())
    }

    fn join(&self, _: &str, spec: &str) -> String {
        spec.to_owned()
    }
}

/// The digits, and no file.
struct DigitsAlone;

impl DataFacts for DigitsAlone {
    fn facts(&self, _: &SourceKind, _: Option<&str>) -> Result<Facts, Problem> {
        Ok(Facts::of(1797, None))
    }

    fn place(&self, path: &str) -> PathBuf {
        path.into()
    }

    fn list(&self, path: &str, _: ListOf) -> Result<String, Problem> {
        Err(Problem::new(format!("{path} is gone"), ""))
    }

    fn module(&self, path: &str) -> Result<(String, Module), Problem> {
        Err(Problem::new(format!("{path} is gone"), ""))
    }

    fn program(&self, path: &str, _: bool) -> Result<String, Problem> {
        Err(Problem::new(format!("{path} is gone"), ""))
    }

    fn checkpoint(
        &self,
        path: &str,
        _: Wanted<'_>,
        _: &LayerGraph,
        _: &View,
    ) -> Result<(String, Vec<String>), Problem> {
        Err(Problem::new(format!("{path} is gone"), ""))
    }
}

/// An experiment that cannot be planned leaves the others' numbers where they are.
#[test]
fn targets_are_those_of_their_experiments() {
    let study = |name: &str, forget: &str| {
        format!(
            "experiment {name} {{ data = digits model = small_cnn train = training(1 epochs) forget = {forget} \
             unlearn = each [retrain] measure = [ua] }}\n"
        )
    };
    let bad = [
        ("from_file(\"a.npy\")", "a.npy is gone"),
        ("by_group(\"people.csv\", 1)", "people.csv is gone"),
        ("random(100000 samples)", ""),
    ];
    for (forget, said) in bad {
        let text = study("first", forget) + &study("second", "random(10%)");
        let checked = mu_check::check(&Nothing, "e.mu", &text);
        assert!(!checked.has_errors(), "{:?}", checked.diagnostics);
        let (plan, found) = plan(&checked.program, &DigitsAlone, &|_| Known::Missing);
        assert!(found.iter().any(|d| d.message.contains(said)), "{found:?}");
        assert_eq!(plan.targets.len(), 2, "{forget}");
        let experiment = |at: usize| -> Vec<usize> {
            let keys = plan.targets[at].keys.values().flatten();
            keys.filter_map(|k| Some(plan.requested_by(*k)?.experiment)).collect()
        };
        assert_eq!(experiment(1), [1], "{forget}");
        assert!(experiment(0).iter().all(|e| *e == 0), "{forget}");
    }
}
