//! TorchScript functions in losses, scores and metrics: what somebody wrote elsewhere, called in a text.

use std::path::{Path, PathBuf};

use crate::harness::{mu, run, text, write};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("parity/fixtures/functions").join(name)
}

/// A folder with these functions in it.
fn folder(names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        std::fs::copy(fixture(name), folder.path().join(name)).unwrap();
    }
    folder
}

const STUDY: &str = r#"
loss outside(of: set) = mean(of, torchscript("npo.pt", logits, label, original.logits))
loss inside(of: set) = mean(of, -20 * log_sigmoid(-0.1 * (log_p(label) - original.log_p(label))))
score weighed = torchscript("weighed.pt", logits, label)
metric moved_outside = mean(forget, torchscript("npo.pt", logits, label, original.logits))
metric moved_inside = mean(forget, -20 * log_sigmoid(-0.1 * (log_p(label) - original.log_p(label))))
method by_file {
  start from original
  repeat 2 epochs over retain with forget in batches of 64 samples {
    minimize ce(retain) + outside(forget)
    by sgd(lr: 0.02)
  }
}
method by_text {
  start from original
  repeat 2 epochs over retain with forget in batches of 64 samples {
    minimize ce(retain) + inside(forget)
    by sgd(lr: 0.02)
  }
}
experiment e {
  data = digits
  model = small_cnn(width: 2)
  train = training(2 epochs, batch: 64 samples, precision: float64)
  forget = highest(10%, score: weighed)
  unlearn = each [no_unlearning, by_file, by_text]
  measure = [ua, ra, moved_outside, moved_inside]
}
table t {
  from = e
  rows = unlearn
  columns = [ua, ra, moved_outside, moved_inside]
}
"#;

/// A function is what it computes: its loss leads where the same text in mu leads, its metric is the same number. The bytes count, and not
/// where they lie.
#[test]
fn a_function_is_the_same_text_in_mu() {
    let folder = folder(&["npo.pt", "weighed.pt"]);
    let file = write(folder.path(), "e.mu", STUDY);
    let store = folder.path().join("s");
    let output = run(&file, &store, &[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let results =
        mu().arg("results").arg(&file).args(["--format", "json", "--store"]).arg(&store).output().unwrap();
    let rows: Vec<serde_json::Value> = serde_json::from_slice(&results.stdout).unwrap();
    let value = |method: &str, metric: &str| {
        let row = rows.iter().find(|r| r["unlearn"] == method && r["metric"] == metric).unwrap();
        row["value"].as_f64().unwrap()
    };
    for metric in ["ua", "ra", "moved_outside", "moved_inside"] {
        let (file, text) = (value("by_file", metric), value("by_text", metric));
        assert!((file - text).abs() < 1e-5, "{metric}: {file} by the file, {text} by the text");
    }
    for method in ["by_file", "no_unlearning"] {
        let (outside, inside) = (value(method, "moved_outside"), value(method, "moved_inside"));
        assert!((outside - inside).abs() < 1e-9, "{method}: {outside} and {inside}");
    }
    let forgotten = value("no_unlearning", "moved_outside") - value("by_file", "moved_outside");
    assert!(forgotten > 0.1, "the loss is minimised: it fell by {forgotten}");
    let table = mu().arg("table").arg(&file).arg("--store").arg(&store).output().unwrap();
    let table = text(&table.stdout);
    assert!(table.contains("by_file") && table.contains("moved_outside"), "{table}");

    let planned = |study: &str| {
        let file = write(folder.path(), "e.mu", study);
        let output = mu().arg("plan").arg(&file).arg("--store").arg(&store).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    let there = planned(STUDY);
    std::fs::rename(folder.path().join("npo.pt"), folder.path().join("renamed.pt")).unwrap();
    assert_eq!(planned(&STUDY.replace("npo.pt", "renamed.pt")), there, "it is the same function elsewhere");
    std::fs::copy(fixture("spread.pt"), folder.path().join("renamed.pt")).unwrap();
    assert_ne!(planned(&STUDY.replace("npo.pt", "renamed.pt")), there, "another function is another loss");
}

/// What is wrong with a file is said at its word, before anything runs.
#[test]
fn a_file_that_is_no_function_is_said_at_its_word() {
    let folder = folder(&[]);
    let elsewhere = Path::new(env!("CARGO_MANIFEST_DIR")).join("parity/fixtures/checkpoints");
    std::fs::copy(elsewhere.join("plain.pth"), folder.path().join("plain.pt")).unwrap();
    std::fs::copy(elsewhere.join("writes.pt"), folder.path().join("writes.pt")).unwrap();
    write(folder.path(), "text.pt", "no archive");
    for (name, said) in [
        ("gone.pt", "relative paths are looked for in"),
        ("plain.pt", "no TorchScript module: it has no code"),
        ("writes.pt", "what may touch files or other machines is refused"),
        ("text.pt", "text.pt"),
    ] {
        let file = write(folder.path(), "e.mu", STUDY.replace("weighed.pt", name).replace("npo.pt", name));
        for command in ["check", "plan"] {
            let output = mu().arg(command).arg(&file).output().unwrap();
            let words = text(&output.stderr).replace("\n  │ ", " ");
            assert_eq!(output.status.code(), Some(2), "{name}: {words}");
            assert!(words.contains(said) && words.contains("e.mu:2:"), "{name}: {words}");
            assert!(words.contains(&format!("torchscript(\"{name}\"")), "{name}: {words}");
        }
    }
}

/// What a function gives that no loss can be made of is a failure of the step that calls it, and nothing else is.
#[test]
fn a_function_that_gives_something_else_fails_its_step() {
    let folder = folder(&["spread.pt", "counts.pt"]);
    let method = |name: &str, call: &str| {
        format!(
            "method {name} {{ start from original repeat 1 epochs over forget in batches of 64 samples \
             {{ minimize mean(forget, {call}) by sgd(lr: 0.01) }} }}\n"
        )
    };
    let study = [
        method("spreads", "torchscript(\"spread.pt\", logits)"),
        method("counts", "torchscript(\"counts.pt\", logits)"),
        method("takes_one", "torchscript(\"spread.pt\", logits, label)"),
        "experiment e { data = digits model = small_cnn(width: 2) train = training(1 epochs, batch: 64 samples) \
         forget = random(10%) unlearn = each [no_unlearning, spreads, counts, takes_one] measure = [ua] }\n"
            .to_owned(),
    ];
    let file = write(folder.path(), "e.mu", study.concat());
    let output = run(&file, &folder.path().join("s"), &[]);
    let words = format!("{}{}", text(&output.stdout), text(&output.stderr)).replace("\n  │ ", " ");
    assert!(!output.status.success(), "{words}");
    for said in [
        "the TorchScript function `spread` gives a tensor of sizes [64, 10], and one number of each sample is needed: [64]",
        "the TorchScript function `counts` fails: the TorchScript function changes what it holds",
        "the TorchScript function `spread` fails: ",
    ] {
        assert!(words.contains(said), "{said}\n{words}");
    }
}
