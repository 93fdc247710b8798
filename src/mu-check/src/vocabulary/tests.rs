//! The library's declarations and the tables here say the same, and both say what was signed.

use mu_diag::FileId;
use mu_syntax::ast::{Body, Declaration, Item};

use super::all;

const SIGNED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/vocabulary/signed.txt");

/// The files of the library, their comments left out.
fn library() -> Vec<String> {
    let code = |line: &'static str| line.split("//").next().unwrap_or(line);
    mu_stdlib::files().iter().map(|file| file.text.lines().map(code).collect::<Vec<_>>().join("\n")).collect()
}

/// Every `builtin` declaration of some files, as it is written, on one line.
fn declared(files: &[String]) -> Vec<(std::rc::Rc<Declaration>, String)> {
    let mut found = Vec::new();
    for text in files {
        for item in mu_syntax::parse(text, FileId(0)).file.items {
            let Item::Declaration(d) = item else { continue };
            if !matches!(d.body, Body::Builtin) {
                continue;
            }
            let name = d.name.span.start as usize;
            let from = text[..name].rfind('\n').map_or(0, |at| at + 1);
            let to = text[name..].find("builtin").map_or(text.len(), |at| name + at);
            let line = text[from..to].split_whitespace().collect::<Vec<_>>().join(" ");
            found.push((d, line.replace("( ", "(").replace(" )", ")")));
        }
    }
    found
}

/// Where the library and the tables differ.
fn differences(files: &[String]) -> Vec<String> {
    let (words, declared) = (all(), declared(files));
    let mut found = Vec::new();
    for (d, _) in &declared {
        match words.iter().find(|word| word.kind == d.kind && word.name == d.name.text) {
            Some(word) => found.extend(word.differences(d)),
            None => {
                found.push(format!("{} `{}` is declared, the engine lacks it", d.kind.word(), d.name.text))
            }
        }
    }
    for (at, word) in words.iter().enumerate() {
        let name = format!("{} `{}`", word.kind.word(), word.name);
        if !declared.iter().any(|(d, _)| word.kind == d.kind && word.name == d.name.text) {
            found.push(format!("{name} is in the engine, nothing declares it"));
        }
        if words[..at].iter().any(|other| other.kind == word.kind && other.name == word.name) {
            found.push(format!("{name} is in two lines"));
        }
    }
    found
}

/// Where the library's declarations are not those that were signed.
fn unsigned(files: &[String], signed: &str) -> Vec<String> {
    let lines: Vec<String> = declared(files).into_iter().map(|(_, line)| line).collect();
    let signed: Vec<&str> =
        signed.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let new = lines.iter().filter(|l| !signed.contains(&l.as_str())).map(|l| format!("now `{l}`"));
    let gone = signed.iter().filter(|l| !lines.iter().any(|n| n == *l)).map(|l| format!("signed `{l}`"));
    new.chain(gone).collect()
}

#[test]
fn the_library_declares_what_the_engine_has() {
    let found = differences(&library());
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// A default or a range is part of what every program means that leaves it unsaid: `BLESS=1` signs a change.
#[test]
fn declarations_are_those_that_were_signed() {
    if std::env::var_os("BLESS").is_some() {
        let head = "# Every `builtin` of stdlib/, with its types, ranges and defaults. A test writes this list (BLESS=1).\n\n";
        let lines: Vec<String> = declared(&library()).into_iter().map(|(_, line)| line).collect();
        std::fs::write(SIGNED, format!("{head}{}\n", lines.join("\n"))).unwrap();
    }
    let found = unsigned(&library(), &std::fs::read_to_string(SIGNED).unwrap());
    assert!(found.is_empty(), "{}\nBLESS=1 signs it", found.join("\n"));
}

/// The two tests above find what they are for, and name it.
#[test]
fn a_changed_declaration_is_named() {
    let signed = std::fs::read_to_string(SIGNED).unwrap();
    let changed = |from: &str, to: &str| {
        let text = library().iter().map(|text| text.replace(from, to)).collect::<Vec<_>>();
        assert_ne!(text, library(), "nothing of the library reads {from}");
        (differences(&text), unsigned(&text, &signed))
    };
    let cases = [
        ("surgery zero builtin", "", "surgery `zero` is in the engine, nothing declares it"),
        ("teacher scratch builtin", "teacher untaught builtin", "teacher `untaught` is declared, the engine"),
        ("flip builtin", "flip(share: real) builtin", "augmentation `flip`: `share` is declared, and"),
        ("lion(\n  \n  lr:", "lion(\n  \n  rate:", "optimizer `lion`: `lr` is told to the engine"),
        (
            "noise(std: real >= 0)",
            "noise(std: percent)",
            "surgery `noise`: `std` is declared with another type",
        ),
        ("fan: outputs | inputs", "fan: outputs | inputs | both", "init `he_normal`: `fan` is declared with"),
        ("take_token(at: int in 0..", "take_token(at: real in 0..", "layer `take_token`: `at` is declared"),
        (
            "woodfisher(strength: real >= 0, samples: samples > 0",
            "woodfisher(strength: real >= 0, samples: int",
            "surgery `woodfisher`: `samples`",
        ),
    ];
    for (from, to, message) in cases {
        let (found, _) = changed(from, to);
        assert!(found.iter().any(|f| f.starts_with(message)), "{from} → {to}: {found:?}");
    }
    for (from, to) in [
        ("factor: real > 0 = 0.1", "factor: real > 0 = 0.2"),
        ("share: real in 0..1 =", "share: real in 0..2 ="),
    ] {
        let (same, found) = changed(from, to);
        assert!(same.is_empty(), "{same:?}");
        assert!(found.iter().any(|f| f.starts_with("now") && f.contains(to)), "{found:?}");
        assert!(found.iter().any(|f| f.starts_with("signed") && f.contains(from)), "{found:?}");
    }
}
