//! The front end on text that nobody would write: it neither panics nor hangs, and its formatter is idempotent.

use mu_check::{Files, check};
use proptest::prelude::*;

struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _: &str) -> Result<String, String> {
        Err("there are no files here".to_owned())
    }
    fn join(&self, _: &str, spec: &str) -> String {
        spec.to_owned()
    }
}

/// The words of the language, so that random text goes deep into the grammar.
const WORDS: &[&str] = &[
    "experiment",
    "table",
    "method",
    "model",
    "dataset",
    "metric",
    "let",
    "use",
    "each",
    "digits",
    "retrain",
    "ft",
    "random",
    "worst_case",
    "training",
    "small_cnn",
    "data",
    "unlearn",
    "forget",
    "train",
    "seed",
    "measure",
    "ua",
    "avg_gap",
    "a",
    "b",
    "=",
    ":",
    ",",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "->",
    "..",
    "±",
    "+",
    "-",
    "*",
    "/",
    "==",
    "%",
    "10%",
    "1e3",
    "0",
    "5 epochs",
    "64 samples",
    "\"text\"",
    "\"",
    "//",
    "\n",
    "\n\n",
    "start from",
    "original",
    "repeat",
    "over",
    "retain",
    "minimize",
    "ce",
    "by",
    "sgd",
    "builtin",
    "for",
    "in",
    "mean",
    "abs",
    "log",
    "é",
    "9999999999999999999999",
    "true",
];

fn words() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(WORDS), 0..60).prop_map(|w| w.join(" "))
}

/// A real file with one slice cut out and another put in.
fn mutated() -> impl Strategy<Value = String> {
    let files: Vec<&str> = vec![
        include_str!("suite/fine.mu"),
        include_str!("../experiments/quickstart.mu"),
        crate::harness::SMALL,
    ];
    (prop::sample::select(files), any::<prop::sample::Index>(), 0usize..40, words()).prop_map(
        |(text, at, cut, new)| {
            let chars: Vec<char> = text.chars().collect();
            let at = at.index(chars.len());
            let end = (at + cut).min(chars.len());
            chars[..at].iter().chain(&new.chars().take(20).collect::<Vec<_>>()).chain(&chars[end..]).collect()
        },
    )
}

fn survives(text: &str) -> Result<(), TestCaseError> {
    let _ = check(&NoFiles, "x.mu", text);
    if let Ok(once) = mu_syntax::format(text) {
        let twice = mu_syntax::format(&once);
        prop_assert!(twice.is_ok_and(|t| t == once), "not idempotent:\n{text}\n---\n{once}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text(text in "\\PC{0,200}") {
        survives(&text)?;
    }

    #[test]
    fn any_words(text in words()) {
        survives(&text)?;
    }

    #[test]
    fn any_mutation(text in mutated()) {
        survives(&text)?;
    }
}

#[test]
fn deep_and_long_text_ends_in_an_error() {
    for text in [
        "(".repeat(100_000),
        "let a = ".to_owned() + &"-".repeat(5_000) + "1",
        "let a = ".to_owned() + &"1 + ".repeat(5_000) + "1",
    ] {
        let _ = check(&NoFiles, "x.mu", &text);
    }
}
