//! What every command does first: read, check, plan.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use mu_check::{Checked, Files};
use mu_diag::Severity;
use mu_plan::{Known, Plan};
use mu_step::StepKey;
use mu_store::{Root, Store};

use crate::disk::{Disk, DiskFacts};
use crate::render;

/// Reads and checks a file; `None`, and said so, where it cannot be read.
pub(crate) fn read(file: &Path) -> Option<Checked> {
    let name = file.to_string_lossy();
    let text = match Disk.read(&name) {
        Ok(text) => text,
        Err(reason) => {
            render::problem(
                &format!("cannot read {name}: {reason}"),
                "mu reads UTF-8 text files, by convention NAME.mu",
            );
            return None;
        }
    };
    Some(mu_check::check(&Disk, &name, &text))
}

/// Reads and checks a file, and shows its errors; `None` where it cannot be used.
pub(crate) fn check(file: &Path) -> Option<Checked> {
    let checked = read(file)?;
    if checked.has_errors() {
        render::diagnostics(&checked.diagnostics, &checked.sources);
        return None;
    }
    Some(checked)
}

/// A checked file with its plan and the store it is planned against.
pub(crate) struct Loaded {
    pub(crate) checked: Checked,
    pub(crate) plan: Plan,
    facts: DiskFacts,
}

/// As [`check`], and plans it against what a store knows.
pub(crate) fn plan(file: &Path, store: &Store) -> Option<Loaded> {
    plan_with(file, store, DiskFacts::knowing(store, file), Show::Errors)
}

/// As [`plan`], and shows warnings as well, those of the file and those of its data: each once.
pub(crate) fn plan_to_run(file: &Path, store: &Store) -> Option<Loaded> {
    plan_with(file, store, DiskFacts::knowing(store, file), Show::All)
}

/// As [`plan`], but data sets that are not on this machine are taken as they are published, and said so.
pub(crate) fn plan_only(file: &Path, store: &Store) -> Option<Loaded> {
    let facts = DiskFacts { nominal: true, ..DiskFacts::knowing(store, file) };
    let loaded = plan_with(file, store, facts, Show::OfData)?;
    for missing in loaded.facts.taken.borrow().iter() {
        render::eprint(&format!(
            "note: {missing} is not on this machine; planned by what is published of it\n"
        ));
    }
    Some(loaded)
}

/// Which findings are shown. Warnings are for the commands that a person runs to see them; others would only repeat them.
#[derive(Clone, Copy, PartialEq)]
enum Show {
    Errors,
    /// Warnings of the data as well: what of them is not read.
    OfData,
    /// Warnings of the file as well.
    All,
}

fn plan_with(file: &Path, store: &Store, facts: DiskFacts, show: Show) -> Option<Loaded> {
    let mut checked = check(file)?;
    if show == Show::All {
        render::diagnostics(&checked.diagnostics, &checked.sources);
    }
    let problems = mu_plan::open_modules(&mut checked.program, &facts);
    if render::diagnostics(&problems, &checked.sources) {
        return None;
    }
    let (plan, mut found) = mu_plan::plan(&checked.program, &facts, &|key| known(store, key));
    found.retain(|d| show != Show::Errors || d.severity == Severity::Error);
    if render::diagnostics(&found, &checked.sources) { None } else { Some(Loaded { checked, plan, facts }) }
}

impl Loaded {
    /// What a store remembers of a run of the file.
    pub(crate) fn root(&self, file: &Path) -> Root {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
        Root {
            file: crate::cmd::store::canonical(file),
            at: now,
            keys: self.plan.graph.keys().collect(),
            facts: self.facts.recorded(),
        }
    }

    /// BLAKE3 of the standard library.
    pub(crate) fn library(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for file in mu_stdlib::files() {
            hasher.update(file.name.as_bytes()).update(file.text.as_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }

    /// The digests of the data sets and files that the plan is of.
    pub(crate) fn digests(&self) -> BTreeMap<String, String> {
        self.facts.all_digests()
    }

    /// The texts that the program is made of, but for the standard library's, by path.
    pub(crate) fn texts(&self) -> Vec<(String, String)> {
        let library: Vec<&str> = mu_stdlib::files().iter().map(|f| f.name).collect();
        let own = self.checked.sources.all().filter(|(name, _)| !library.contains(name));
        own.map(|(name, text)| (name.to_owned(), text.to_owned())).collect()
    }

    /// Plans again, with what the store knows by now. False, and said so, where what the plan reads is not there any more: then
    /// the plan stays what it was.
    pub(crate) fn again(&mut self, store: &Store) -> bool {
        let (plan, mut found) = mu_plan::plan(&self.checked.program, &self.facts, &|key| known(store, key));
        // Warnings were shown with the first plan.
        found.retain(|d| d.severity == Severity::Error);
        let whole = !render::diagnostics(&found, &self.checked.sources);
        if whole {
            self.plan = plan;
        }
        whole
    }
}

fn known(store: &Store, key: StepKey) -> Known {
    match mu_numbers::measured(store, key) {
        Some(value) => Known::Value(value),
        None if store.failure(key).is_some() => Known::Failed,
        None => Known::Missing,
    }
}

/// Whether a table or figure that was asked for is there; says so where it is not.
pub(crate) fn has(file: &Path, what: &str, asked: Option<&str>, names: &[&str]) -> bool {
    let Some(name) = asked.filter(|n| !names.contains(n)) else { return true };
    let help = mu_diag::did_you_mean(name, names.iter().copied()).unwrap_or_else(|| {
        format!("its {what}s: {}", if names.is_empty() { "none".to_owned() } else { names.join(", ") })
    });
    render::problem(&format!("{} has no {what} `{name}`", file.display()), &help);
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file that vanishes between two plans of one run is an error; the plan that was made stays.
    #[test]
    fn what_vanishes_between_two_plans_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let (list, file) = (folder.path().join("list.txt"), folder.path().join("e.mu"));
        std::fs::write(&list, "3\n1\n").unwrap();
        let text = format!(
            "experiment e {{ data = digits model = small_cnn train = training(1 epochs) forget = from_file({list:?}) \
             unlearn = each [retrain] measure = [ua] }}\n"
        );
        std::fs::write(&file, text).unwrap();
        let store = Store::read_only(&folder.path().join("store"));
        let mut loaded = plan(&file, &store).unwrap();
        let keys = |loaded: &Loaded| loaded.plan.graph.keys().collect::<Vec<_>>();
        let before = keys(&loaded);
        assert!(loaded.again(&store));
        std::fs::remove_file(&list).unwrap();
        assert!(!loaded.again(&store));
        assert_eq!(keys(&loaded), before);
    }
}
