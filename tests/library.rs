//! Every word of the library is used by a test or an experiment.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use mu_diag::FileId;
use mu_syntax::ast::Item;
use mu_syntax::lex::{TokenKind, lex};

use crate::harness::root;

/// The files below a folder with an ending.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    let (folders, found): (Vec<_>, Vec<_>) = entries.partition(|p| p.is_dir());
    let own = found.into_iter().filter(|p| p.extension().is_some_and(|e| e == ending));
    own.chain(folders.iter().flat_map(|f| files(f, ending))).collect()
}

/// The names in a text of mu: `rl@uniform` is one, and `small_cnn` in `lib.small_cnn` is another.
fn names(text: &str) -> BTreeSet<String> {
    let tokens: Vec<_> = lex(text).into_iter().filter(|t| t.kind != TokenKind::Comment).collect();
    let code: Vec<&str> = tokens.iter().filter(|t| t.kind != TokenKind::Text).map(|t| t.text).collect();
    let joined = code.join(" ").replace(" @ ", "@");
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == '@';
    joined.split(|c: char| !word(c)).filter(|w| !w.is_empty()).map(str::to_owned).collect()
}

/// The names in the texts of mu that a test of Rust holds: in its literals.
fn names_of_rust(text: &str) -> BTreeSet<String> {
    let code: String =
        text.lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == '@';
    code.split('"')
        .skip(1)
        .step_by(2)
        .flat_map(|literal| literal.split(move |c: char| !word(c)))
        .filter(|w| !w.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The part of a file of Rust that is tests.
fn tests_in(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let name = path.display().to_string();
    let whole =
        ["/tests/", "tests.rs", "laws", "parity", "by_hand", "resume"].iter().any(|t| name.contains(t));
    if whole { text } else { text.split_once("#[cfg(test)]").map(|(_, t)| t.to_owned()).unwrap_or_default() }
}

#[test]
fn every_word_of_the_library_is_used() {
    let mut used: BTreeSet<String> = BTreeSet::new();
    for folder in ["tests/suite", "experiments", "bench", "src/mu-cli/starter"] {
        for path in files(&root().join(folder), "mu") {
            used.extend(names(&std::fs::read_to_string(path).unwrap()));
        }
    }
    for folder in ["tests", "src"] {
        for path in files(&root().join(folder), "rs") {
            // This one says nothing about any word.
            if !path.ends_with("tests/library.rs") {
                used.extend(names_of_rust(&tests_in(&path)));
            }
        }
    }
    // Networks and methods that are compared with numbers of others, by the names in the files that hold those.
    for path in files(&root().join("tests/parity/fixtures"), "json") {
        used.extend(names_of_rust(&std::fs::read_to_string(path).unwrap()));
    }
    // What each declaration of the library is made of.
    let mut declared: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in mu_stdlib::files() {
        for item in mu_syntax::parse(file.text, FileId(0)).file.items {
            let Item::Declaration(d) = item else { continue };
            let text = &file.text[d.span.start as usize..d.span.end as usize];
            let own = names(text).into_iter().filter(|n| *n != d.name.text).collect();
            declared.insert(d.name.text.clone(), own);
        }
    }
    assert!(declared.len() > 150, "{}", declared.len());
    // A word that a used word is made of is used with it.
    let mut open: Vec<String> = declared.keys().filter(|n| used.contains(*n)).cloned().collect();
    let mut reached: BTreeSet<String> = BTreeSet::new();
    while let Some(name) = open.pop() {
        if reached.insert(name.clone()) {
            open.extend(declared[&name].iter().filter(|n| declared.contains_key(*n)).cloned());
        }
    }
    let unused: Vec<&String> = declared.keys().filter(|n| !reached.contains(*n)).collect();
    assert!(unused.is_empty(), "no test and no experiment uses {unused:?}");
}
