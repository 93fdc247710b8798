//! What a file's tables were when they were committed: every cell, what it was made from, and why it may be another now.

use std::collections::{BTreeMap, BTreeSet};

use mu_check::Program;
use mu_numbers::Measurements;
use mu_plan::Plan;
use mu_step::StepKey;
use serde::{Deserialize, Serialize};

use crate::export::plain;
use crate::{Filled, fill};

/// The state of a file's tables.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// mu's version.
    pub mu: String,
    /// BLAKE3 of the standard library's texts.
    pub library: String,
    /// The digests of data sets and files.
    pub data: BTreeMap<String, String>,
    /// The cells of each table, by the labels of row and column.
    pub tables: BTreeMap<String, BTreeMap<String, Locked>>,
}

/// A cell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Locked {
    /// What it shows.
    pub shows: String,
    /// BLAKE3 of the measured numbers' keys: the same, where they are made in the same way from the same data.
    pub keys: String,
    /// For each kind of step behind it, BLAKE3 of what those are told.
    pub told: BTreeMap<String, String>,
}

/// A cell that is not what was committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    /// Table, row and column.
    pub cell: String,
    /// Why.
    pub why: String,
}

/// The tables as they are now.
#[must_use]
pub fn lock(
    program: &Program,
    plan: &Plan,
    measurements: &Measurements<'_>,
) -> BTreeMap<String, BTreeMap<String, Locked>> {
    let mut told = Told { plan, of: BTreeMap::new() };
    let of = |filled: &Filled, told: &mut Told<'_>| {
        let mut cells = BTreeMap::new();
        for (row, line) in filled.rows.iter().zip(&filled.cells) {
            for (column, cell) in filled.columns.iter().zip(line) {
                let name = format!("{} | {}", row.join(" "), column.join(" "));
                let mut keys: Vec<String> = cell.steps.iter().map(ToString::to_string).collect();
                keys.sort_unstable();
                let shows = plain(cell);
                let keys = blake3::hash(keys.join(" ").as_bytes()).to_hex().to_string();
                cells.insert(name, Locked { shows, keys, told: told.behind(&cell.steps) });
            }
        }
        cells
    };
    let tables = program.tables.iter().map(|t| (t.name.clone(), of(&fill(t, measurements), &mut told)));
    tables.collect()
}

/// What steps are told, but for their inputs' keys.
struct Told<'p> {
    plan: &'p Plan,
    of: BTreeMap<StepKey, String>,
}

impl Told<'_> {
    fn behind(&mut self, keys: &[StepKey]) -> BTreeMap<String, String> {
        let mut open = keys.to_vec();
        let mut seen = BTreeSet::new();
        let mut by: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        while let Some(key) = open.pop() {
            let Some(step) = self.plan.graph.get(key).filter(|_| seen.insert(key)) else { continue };
            let inputs = step.spec.inputs();
            let digest = self.of.entry(key).or_insert_with(|| {
                let mut text = serde_json::to_string(&step.spec).unwrap_or_default();
                for input in &inputs {
                    text = text.replace(&input.to_string(), "");
                }
                blake3::hash(text.as_bytes()).to_hex().to_string()
            });
            by.entry(step.spec.word().to_owned()).or_default().insert(digest.clone());
            open.extend(inputs);
        }
        let whole = |digests: BTreeSet<String>| {
            let all: Vec<String> = digests.into_iter().collect();
            blake3::hash(all.join(" ").as_bytes()).to_hex()[..16].to_owned()
        };
        by.into_iter().map(|(word, digests)| (word, whole(digests))).collect()
    }
}

impl Lock {
    /// The cells that are not what they were, and why.
    #[must_use]
    pub fn compare(&self, now: &Lock) -> Vec<Stale> {
        let mut stale = Vec::new();
        let mut say = |cell: String, why: String| stale.push(Stale { cell, why });
        for (table, cells) in &self.tables {
            let Some(current) = now.tables.get(table) else {
                say(table.clone(), "the file has no such table any more".to_owned());
                continue;
            };
            for (name, was) in cells {
                let place = format!("{table}: {name}");
                match current.get(name) {
                    None => say(place, "the table has no such cell any more".to_owned()),
                    Some(is) if is == was => {}
                    Some(is) => say(place, self.why(now, was, is)),
                }
            }
            for name in current.keys().filter(|n| !cells.contains_key(*n)) {
                say(format!("{table}: {name}"), "it is new".to_owned());
            }
        }
        for table in now.tables.keys().filter(|t| !self.tables.contains_key(*t)) {
            say(table.clone(), "the table is new".to_owned());
        }
        stale
    }

    fn why(&self, now: &Lock, was: &Locked, is: &Locked) -> String {
        let shows = if was.shows == is.shows {
            format!("still {}", is.shows)
        } else {
            format!("{} is now {}", was.shows, is.shows)
        };
        if was.keys == is.keys {
            return match is.shows.as_str() {
                "–" => "its numbers are not in this store: `mu run` computes them".to_owned(),
                _ => format!(
                    "{shows}: the same steps gave other numbers (another device, thread count or library), or the table shows them otherwise"
                ),
            };
        }
        let mut causes = Vec::new();
        for (name, digest) in &self.data {
            if now.data.get(name).is_some_and(|d| d != digest) {
                causes.push(format!("{name} has other bytes"));
            }
        }
        let differs = |stage: &&&str| was.told.get(**stage) != is.told.get(**stage);
        let stages: Vec<&str> =
            mu_step::StepSpec::STAGES.iter().filter(differs).copied().filter(|s| *s != "data").collect();
        if let Some(first) = stages.first() {
            let rest = if stages.len() > 1 { format!(" ({})", stages.join(", ")) } else { String::new() };
            causes.push(format!("its {first} steps are told something else{rest}"));
        }
        if self.library != now.library {
            causes.push("the standard library changed".to_owned());
        }
        if self.mu != now.mu {
            causes.push(format!("mu {} became {}", self.mu, now.mu));
        }
        if causes.is_empty() {
            causes.push("it is made from other points".to_owned());
        }
        format!("{shows}: {}", causes.join("; "))
    }
}
