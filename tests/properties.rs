//! The front end on text that nobody would write: it neither panics nor hangs, and its formatter is idempotent.

use mu_check::check;
use proptest::prelude::*;

use crate::texts::{NoFiles, hostile};

/// The words of the language, so that random text goes deep into the grammar.
const WORDS: &[&str] = &[
    "experiment",
    "table",
    "figure",
    "claim",
    "method",
    "model",
    "dataset",
    "metric",
    "recipe",
    "loss",
    "let",
    "use",
    "each",
    "zip",
    "except",
    "limit",
    "alternate",
    "repeat",
    "steps",
    "after",
    "weights",
    "consensus",
    "lookahead",
    "keep best by",
    "original",
    "sam",
    "step",
    "slow",
    "then",
    "on",
    "tune",
    "with",
    "where",
    "over",
    "and",
    "or",
    "not",
    "in",
    "towards",
    "usual",
    "digits",
    "retrain",
    "ft",
    "rl@uniform",
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
    "from",
    "rows",
    "columns",
    "cell",
    "expect",
    "at",
    "ua",
    "avg_gap",
    "a",
    "b",
    "f",
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
    "!=",
    "<",
    ">=",
    "%",
    "10%",
    "1e3",
    "0",
    "5 epochs",
    "64 samples",
    "\"text\"",
    "\"{a} b\"",
    "\"",
    "//",
    "/// doc",
    "\n",
    "\n\n",
    "start from",
    "original",
    "repeat",
    "retain",
    "minimize",
    "ce",
    "by",
    "sgd",
    "update only",
    "last",
    "builtin",
    "for",
    "mean",
    "abs",
    "log",
    "é",
    "9999999999999999999999",
    "true",
    "mu 1",
];

fn words() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(WORDS), 0..60).prop_map(|w| w.join(" "))
}

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "x", "study", "rate", "my_ft", "gap@mean"]).prop_map(str::to_owned)
}

/// Values of every form.
fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        (0u32..2000, prop::sample::select(vec!["", "%", " epochs", " samples", " layers"]))
            .prop_map(|(v, unit)| format!("{v}{unit}")),
        (1u32..99, 1u32..9).prop_map(|(a, b)| format!("{a}e-{b}")),
        name(),
        prop::sample::select(vec!["ft", "retrain", "ua", "digits", "true", "recipe.lr"])
            .prop_map(str::to_owned),
        prop::sample::select(vec!["plain", "with {a} in it", "\\\"quoted\\\"", "é"])
            .prop_map(|t| format!("\"{t}\"")),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        let operator = prop::sample::select(vec![
            "+", "-", "*", "/", "==", "!=", "<", ">=", "and", "or", "..", "±", "in",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|v| format!("[{}]", v.join(", "))),
            prop::collection::vec(inner.clone(), 0..4).prop_map(|v| format!("[{}]", v.join(",\n  "))),
            (name(), prop::collection::vec((prop::option::of(name()), inner.clone()), 0..4)).prop_map(
                |(f, a)| {
                    let arguments: Vec<String> =
                        a.into_iter().map(|(n, v)| n.map_or(v.clone(), |n| format!("{n}: {v}"))).collect();
                    format!("{f}({})", arguments.join(", "))
                }
            ),
            (inner.clone(), operator, inner.clone()).prop_map(|(a, o, b)| format!("({a} {o} {b})")),
            inner.clone().prop_map(|v| format!("-({v})")),
            inner.clone().prop_map(|v| format!("(not {v})")),
            prop::collection::vec((name(), inner.clone()), 1..3).prop_map(|e| {
                let entries: Vec<String> = e.into_iter().map(|(n, v)| format!("{n} = {v}")).collect();
                format!("{{ {} }}", entries.join(", "))
            }),
            (name(), inner.clone()).prop_map(|(n, v)| format!("mean({v} for m in [{n}])")),
            (inner.clone(), name()).prop_map(|(v, n)| format!("max({v} where {n} == {n} over {n})")),
            name().prop_map(|n| format!("{n}[unlearn == retrain]")),
        ]
    })
}

fn field() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec!["data", "model", "seed", "rows", "where", "caption", "a"]);
    prop_oneof![
        5 => (name, value(), any::<bool>()).prop_map(|(n, v, each)| format!("  {n} = {}{v}", if each { "each " } else { "" })),
        1 => value().prop_map(|v| format!("  except {{ {v} }}")),
        1 => (value(), value()).prop_map(|(v, w)| format!("  tune a.b over {v} {{\n on = {w}\n }}")),
        1 => Just("  zip(a, b.c)".to_owned()),
        1 => Just("  // a comment of its own".to_owned()),
    ]
}

fn item() -> impl Strategy<Value = String> {
    let fields = || prop::collection::vec(field(), 0..5).prop_map(|f| f.join("\n"));
    prop_oneof![
        (name(), value()).prop_map(|(n, v)| format!("let {n} = {v}  // why")),
        (name(), value()).prop_map(|(n, v)| format!("let {n}(x, y: real in 0..1 usual 0.1..0.2 = 1) = {v}")),
        (name(), fields()).prop_map(|(n, f)| format!("experiment {n} {{\n{f}\n}}")),
        (name(), fields()).prop_map(|(n, f)| format!("table {n} = other with {{\n{f}\n}}")),
        (name(), value()).prop_map(|(n, v)| format!("/// Said.\nmetric {n}: percent towards 0% = {v}")),
        value().prop_map(|v| format!("claim \"it is\" {{\n  {v}\n}}")),
        (name(), value(), value()).prop_map(|(n, v, w)| format!(
            "method {n}(lr: real > 0 = 1) {{\n  start from original\n  update only {v}\n  repeat 2 epochs over retain + forget {{ minimize {w} by sgd(lr: lr) }}\n}}"
        )),
        (name(), name()).prop_map(|(n, m)| format!("model {n}() {{\n  let b(c) = (x: {m}(c) -> relu)\n  y: b(3) -> {m}\n    -> relu\n}}")),
        Just("use \"./other.mu\" as other".to_owned()),
    ]
}

/// Programs of every form, most of them without meaning.
fn program() -> impl Strategy<Value = String> {
    prop::collection::vec(item(), 1..6).prop_map(|items| items.join("\n\n") + "\n")
}

/// A real file with one slice cut out and another put in.
fn mutated() -> impl Strategy<Value = String> {
    let files: Vec<&str> = vec![
        include_str!("suite/fine.mu"),
        include_str!("suite/language/everything.mu"),
        include_str!("suite/methods/text.mu"),
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

/// A file's tree without places: what the text says.
fn tree(text: &str) -> Option<String> {
    let parsed = mu_syntax::parse(text, mu_diag::FileId(0));
    if !parsed.diagnostics.is_empty() {
        return None;
    }
    let mut out = String::new();
    let dump = format!("{:?}", parsed.file);
    let mut rest = dump.as_str();
    while let Some(at) = rest.find("Span {") {
        out.push_str(&rest[..at]);
        rest = &rest[at + rest[at..].find('}').unwrap() + 1..];
    }
    Some(out + rest)
}

/// Neither panics nor hangs; formatting is idempotent and changes nothing that the text says.
fn survives(text: &str) -> Result<(), TestCaseError> {
    let _ = check(&NoFiles, "x.mu", text);
    if let Ok(once) = mu_syntax::format(text) {
        let twice = mu_syntax::format(&once);
        prop_assert!(twice.is_ok_and(|t| t == once), "not idempotent:\n{text}\n---\n{once}");
        prop_assert_eq!(
            tree(text),
            tree(&once),
            "formatting changed the meaning of\n{}\n---\n{}",
            text,
            once
        );
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

    #[test]
    fn any_program(text in program()) {
        survives(&text)?;
    }

    /// A file cut anywhere still has a tree with what stands before the cut.
    #[test]
    fn any_cut(at in any::<prop::sample::Index>()) {
        let whole = include_str!("suite/language/everything.mu");
        let cut = (0..=at.index(whole.len())).rev().find(|i| whole.is_char_boundary(*i)).unwrap_or(0);
        let count = |t: &str| mu_syntax::parse(t, mu_diag::FileId(0)).file.items.len();
        let begun = |t: &str| t.lines().filter(|l| mu_syntax::lex::item_words().any(|w| l.starts_with(&format!("{w} ")))).count();
        prop_assert!(count(&whole[..cut]) + 1 >= begun(&whole[..cut]), "{}", &whole[..cut]);
        survives(&whole[..cut])?;
    }
}

/// Hours of the same, and how long the slowest case took: `make fuzz`.
#[test]
#[ignore = "takes as long as MU_FUZZ_SECONDS says"]
fn fuzz() {
    use std::time::{Duration, Instant};
    let seconds = std::env::var("MU_FUZZ_SECONDS").ok().and_then(|s| s.parse().ok()).unwrap_or(60);
    let end = Instant::now() + Duration::from_secs(seconds);
    let any_text = "\\PC{0,400}".boxed();
    let targets: [(&str, BoxedStrategy<String>); 4] = [
        ("text", any_text),
        ("words", words().boxed()),
        ("mutation", mutated().boxed()),
        ("program", program().boxed()),
    ];
    let mut counts = [0usize; 4];
    let last = std::env::temp_dir().join("mu-fuzz-case.mu");
    let slowest = std::cell::Cell::new((0.0f64, 0usize));
    while Instant::now() < end {
        for (at, (name, strategy)) in targets.iter().enumerate() {
            let config =
                ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() };
            let mut runner = prop::test_runner::TestRunner::new(config);
            let result = runner.run(strategy, |text| {
                // A stack overflow ends the process: the case is then in this file.
                std::fs::write(&last, &text).unwrap();
                let begun = Instant::now();
                let result = survives(&text);
                let took = begun.elapsed().as_secs_f64();
                if took > slowest.get().0 {
                    slowest.set((took, text.len()));
                }
                result
            });
            assert!(result.is_ok(), "{name}: {}", result.unwrap_err());
            counts[at] += 500;
        }
    }
    let (took, length) = slowest.get();
    println!(
        "cases (text, words, mutations, programs): {counts:?}; slowest {:.1} ms for {length} bytes",
        took * 1e3
    );
}

#[test]
fn deep_and_long_text_ends_in_an_error() {
    for (_, text) in hostile(60_000) {
        let _ = check(&NoFiles, "x.mu", &text);
        let _ = mu_syntax::format(&text);
    }
    // Found by `make fuzz`: an escape before a long character, a metric that calls itself.
    for text in ["let a = \"{b} \\é\"\n", "metric x: percent towards 0% = x()\n", "let a = \"\\"] {
        let _ = check(&NoFiles, "x.mu", text);
    }
    let doubling: String =
        (1..200).map(|i| format!("let f{i}(x) = f{}(x) + f{}(x)\n", i - 1, i - 1)).collect();
    let _ = check(&NoFiles, "x.mu", &format!("let f0(x) = x + 1\n{doubling}let a = f199(1)\n"));
}
