//! What most commands begin with: a file is read, checked and planned against what a store has.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use mu_check::{Checked, Files, Program};
use mu_diag::{Diagnostic, Problem, Severity};
use mu_numbers::Measurements;
use mu_plan::{Known, Plan};
use mu_step::StepKey;
use mu_store::{Root, Store};

use crate::disk::DiskFacts;
use crate::render;
use crate::store::{StoreOption, canonical};

/// Reads and checks a file, whatever is found in it.
pub(crate) fn read(file: &Path) -> Result<Checked, Problem> {
    read_by(file, &DiskFacts::of(file))
}

fn read_by(file: &Path, files: &dyn Files) -> Result<Checked, Problem> {
    let name = file.to_string_lossy();
    let text = files.read(&name).map_err(|reason| {
        let help = "mu reads UTF-8 text files, by convention NAME.mu";
        Problem::new(format!("cannot read {name}: {reason}"), help)
    })?;
    Ok(mu_check::check(files, &name, &text))
}

/// Reads and checks a file in which there is no error.
pub(crate) fn check(file: &Path) -> Result<Checked, Problem> {
    check_by(file, &DiskFacts::of(file))
}

fn check_by(file: &Path, files: &dyn Files) -> Result<Checked, Problem> {
    let checked = read_by(file, files)?;
    if checked.has_errors() {
        return Err(Problem::found(checked.diagnostics, checked.sources));
    }
    Ok(checked)
}

/// What a file is opened for: which findings are shown, and whether its data must be on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To look at its numbers. Warnings are for the commands that a person runs to see them; here they would be repeated.
    Read,
    /// To see what would run: warnings of its data are shown. Data sets that are not on this machine are taken as they are published,
    /// and said so.
    Plan,
    /// To run it: warnings of the file, and of its data, are shown.
    Run,
}

/// A file that was checked and planned, with the store that it was planned against.
pub(crate) struct Session {
    file: PathBuf,
    store: Store,
    checked: Checked,
    plan: Plan,
    facts: DiskFacts,
}

impl Session {
    /// Opens a file to look at its numbers.
    pub(crate) fn open(file: &Path, store: &StoreOption) -> Result<Self, Problem> {
        Self::open_to(Purpose::Read, file, store)
    }

    /// Opens a file for a purpose. The store is opened to be read.
    pub(crate) fn open_to(purpose: Purpose, file: &Path, store: &StoreOption) -> Result<Self, Problem> {
        Self::open_on(purpose, file, Store::read_only(&store.of(file)))
    }

    /// Opens a file for a purpose, on a store.
    pub(crate) fn open_on(purpose: Purpose, file: &Path, store: Store) -> Result<Self, Problem> {
        let facts = DiskFacts { nominal: purpose == Purpose::Plan, ..DiskFacts::knowing(&store, file) };
        let mut checked = check_by(file, &facts)?;
        if purpose == Purpose::Run {
            render::diagnostics(&checked.diagnostics, &checked.sources);
        }
        let found = mu_plan::open_modules(&mut checked.program, &facts);
        let checked = shown(found, checked)?;
        let (plan, mut found) = mu_plan::plan(&checked.program, &facts, &|key| known(&store, key));
        found.retain(|d| purpose != Purpose::Read || d.severity == Severity::Error);
        let checked = shown(found, checked)?;
        for missing in facts.taken.borrow().iter() {
            let words = "is not on this machine; planned by what is published of it";
            render::eprint(&format!("note: {missing} {words}\n"));
        }
        Ok(Self { file: file.to_owned(), store, checked, plan, facts })
    }

    /// The store that the file was planned against.
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// The file with its texts.
    pub(crate) fn checked(&self) -> &Checked {
        &self.checked
    }

    /// What the file says.
    pub(crate) fn program(&self) -> &Program {
        &self.checked.program
    }

    /// What must exist for its numbers.
    pub(crate) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Its numbers, as far as they are in the store.
    pub(crate) fn numbers(&self) -> Measurements<'_> {
        Measurements::read(&self.checked.program, &self.plan, &self.store)
    }

    /// Plans again, with what the store knows by now. Where what the plan reads is not there any more, the plan stays what it was.
    pub(crate) fn again(&mut self) -> Result<(), Problem> {
        let known = |key| known(&self.store, key);
        let (plan, mut found) = mu_plan::plan(&self.checked.program, &self.facts, &known);
        // Warnings were shown with the first plan.
        found.retain(|d| d.severity == Severity::Error);
        if found.is_empty() {
            self.plan = plan;
            return Ok(());
        }
        Err(Problem::found(found, self.checked.sources.clone()))
    }

    /// What a store remembers of a run of the file.
    pub(crate) fn root(&self) -> Result<Root, Problem> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
        Ok(Root {
            file: canonical(&self.file),
            at: now,
            keys: self.plan.graph.keys().collect(),
            facts: self.facts.recorded()?,
        })
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

    /// Whether a table or figure that was asked for is there.
    pub(crate) fn has(&self, what: &str, asked: Option<&str>, names: &[&str]) -> Result<(), Problem> {
        let Some(name) = asked.filter(|n| !names.contains(n)) else { return Ok(()) };
        let help = mu_diag::did_you_mean(name, names.iter().copied()).unwrap_or_else(|| {
            format!("its {what}s: {}", if names.is_empty() { "none".to_owned() } else { names.join(", ") })
        });
        Err(Problem::new(format!("{} has no {what} `{name}`", self.file.display()), help))
    }
}

/// Shows findings that are warnings alone; with an error among them, they are the problem.
pub(crate) fn shown(found: Vec<Diagnostic>, checked: Checked) -> Result<Checked, Problem> {
    if found.iter().any(|d| d.severity == Severity::Error) {
        return Err(Problem::found(found, checked.sources));
    }
    render::diagnostics(&found, &checked.sources);
    Ok(checked)
}

fn known(store: &Store, key: StepKey) -> Known {
    match mu_numbers::measured(store, key) {
        Some(value) => Known::Value(value),
        None if store.failure(key).is_some() => Known::Failed,
        None => Known::Missing,
    }
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
        let mut session = Session::open_on(Purpose::Read, &file, store).unwrap();
        let keys = |session: &Session| session.plan().graph.keys().collect::<Vec<_>>();
        let before = keys(&session);
        session.again().unwrap();
        std::fs::remove_file(&list).unwrap();
        let problem = session.again().unwrap_err();
        assert_eq!(problem.found.unwrap().0.len(), 1);
        assert_eq!(keys(&session), before);
    }
}
