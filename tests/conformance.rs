//! The language, file by file: what `mu check` finds stands in the file, below its line.
//!
//! `//~ error unknown-name: nothing is called …` belongs to the nearest line above that is no such comment.
//! `BLESS=1 cargo test …` writes them anew; read the difference before you commit it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use mu_check::check;
use mu_diag::{Code, Severity};
use mu_grammar::{MuParser, Rule};
use pest::Parser;

use crate::harness::root;
use crate::texts::Disk;

/// Every file below a folder of the suite.
fn files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in std::fs::read_dir(root().join("tests/suite")).unwrap().map(|e| e.unwrap().path()) {
        if folder.is_dir() {
            found.extend(std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()));
        }
    }
    found.sort();
    assert!(found.len() > 25);
    found
}

/// A file's findings as the comments that should stand in it, by line.
fn findings(path: &Path, source: &str) -> Vec<(usize, String)> {
    let checked = check(&Disk, &path.display().to_string(), source);
    let mut found: Vec<(usize, String)> = checked
        .diagnostics
        .iter()
        .map(|d| {
            let span = d.span.unwrap();
            let own = checked.sources.name(span.file) == path.display().to_string();
            let line = if own { source[..span.start as usize].matches('\n').count() } else { 0 };
            let word = if d.severity == Severity::Error { "error" } else { "warning" };
            let message = d.message.replace(&format!("{}/", path.parent().unwrap().display()), "");
            (line, format!("//~ {word} {}: {message}", d.code.name()))
        })
        .collect();
    found.sort();
    found
}

/// A file without its annotations, and they by the line of what is left.
fn split(source: &str) -> (String, Vec<(usize, String)>) {
    let (mut plain, mut notes) = (Vec::new(), Vec::new());
    for line in source.lines() {
        if line.starts_with("//~ ") {
            notes.push((plain.len().saturating_sub(1), line.to_owned()));
        } else {
            plain.push(line);
        }
    }
    notes.sort();
    (plain.join("\n") + "\n", notes)
}

#[test]
fn every_finding_stands_in_its_file() {
    let bless = std::env::var_os("BLESS").is_some();
    for path in files() {
        let (plain, expected) = split(&std::fs::read_to_string(&path).unwrap());
        let found = findings(&path, &plain);
        if bless {
            let mut out = String::new();
            for (at, line) in plain.lines().enumerate() {
                out.push_str(&format!("{line}\n"));
                found
                    .iter()
                    .filter(|(l, _)| *l == at)
                    .for_each(|(_, note)| out.push_str(&format!("{note}\n")));
            }
            std::fs::write(&path, out).unwrap();
        } else {
            assert_eq!(found, expected, "{}", path.display());
        }
    }
}

/// Every rule of the grammar that makes a node takes part in some file of the suite.
#[test]
fn every_production_is_exercised() {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut note = |rule: Rule, source: &str| {
        if let Ok(pairs) = MuParser::parse(rule, source) {
            seen.extend(pairs.flatten().map(|p| format!("{:?}", p.as_rule())));
        }
    };
    for path in files() {
        let source = std::fs::read_to_string(path).unwrap();
        note(Rule::file, &source);
        note(Rule::tokens, &source);
    }
    for file in mu_stdlib::files() {
        note(Rule::file, file.text);
    }
    let grammar = std::fs::read_to_string(root().join("grammar/mu.pest")).unwrap();
    let mut missing = Vec::new();
    for line in grammar.lines() {
        let Some((name, body)) = line.split_once('=').filter(|(n, _)| !n.starts_with([' ', '/', '|'])) else {
            continue;
        };
        let name = name.trim();
        let silent = body.trim_start().starts_with("_{");
        // Keywords and implicit rules make no node of interest, or are checked through what they are part of.
        let implied = name == "COMMENT" || name == "item_keyword" || name == "reserved";
        if !silent && !implied && !seen.contains(name) {
            missing.push(name.to_owned());
        }
    }
    assert!(missing.is_empty(), "no file of the suite uses {missing:?}");
}

/// Every code stands in the suite, beside those that need data or a file system.
#[test]
fn every_code_stands_in_the_suite() {
    let all: String = files().iter().map(|p| std::fs::read_to_string(p).unwrap()).collect();
    let elsewhere = ["bad-data", "budget", "checkpoint", "program"];
    for code in Code::ALL.iter().map(|c| c.name()).filter(|c| !elsewhere.contains(c)) {
        let noted = |severity: &str| all.contains(&format!("//~ {severity} {code}:"));
        assert!(noted("error") || noted("warning"), "no file of the suite shows `{code}`");
    }
    let notes: BTreeSet<&str> = all.lines().filter(|l| l.starts_with("//~ ")).collect();
    assert!(notes.len() >= 100, "{} situations", notes.len());
}
