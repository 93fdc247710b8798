//! Forgetting classes: what is measured on test samples then.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use safetensors::SafeTensors;

use crate::harness::{mu, run, text, write};

const STUDY: &str = "experiment study {
  data    = digits
  model   = small_cnn(width: 4)
  train   = training(4 epochs, batch: 64 samples, optimizer: sgd(lr: 0.05))
  forget  = each {
    classes = by_class([1, 4])
    half    = by_class([1, 4], 50%)
    random  = random(10%)
    both    = union(by_class(3), random(10%))
  }
  unlearn = each [retrain, ft(epochs: 1 epochs, batch: 64 samples)]
  measure = [
    ta, ta@whole, va, va@whole, accuracy(test, class: [1, 4]), accuracy(test, without: [4, 1]), accuracy(test, without: 3),
    mia, mia@whole, tow, tow@whole, ece, calibration_error(test), avg_gap, avg_gap@whole
  ]
}
table main { from = study rows = forget * unlearn columns = [ua, ta, ta@whole, avg_gap] cell = mean over seed }
table random { from = study where = forget == random rows = unlearn columns = [ta, avg_gap] cell = mean over seed }
table classes { from = study where = forget == classes rows = unlearn columns = [ta] cell = mean over seed }
";

/// The objects of the store by key, with what made them.
fn objects(store: &Path) -> BTreeMap<String, (PathBuf, serde_json::Value)> {
    let mut found = BTreeMap::new();
    for shard in std::fs::read_dir(store.join("objects")).unwrap() {
        for object in std::fs::read_dir(shard.unwrap().path()).unwrap() {
            let path = object.unwrap().path();
            let meta: serde_json::Value =
                serde_json::from_slice(&std::fs::read(path.join("meta.json")).unwrap()).unwrap();
            found
                .insert(path.file_name().unwrap().to_str().unwrap().to_owned(), (path, meta["spec"].clone()));
        }
    }
    found
}

/// Of a part of stored outputs: sample numbers, labels, predictions.
fn part(infer: &Path, part: &str) -> Vec<(i64, i64, i64)> {
    let bytes = std::fs::read(infer.join("outputs.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let numbers = |name: &str| -> Vec<i64> {
        let tensor = file.tensor(&format!("{part}.{name}")).unwrap();
        tensor.data().chunks(8).map(|b| i64::from_le_bytes(b.try_into().unwrap())).collect()
    };
    let logits = file.tensor(&format!("{part}.logits")).unwrap();
    let width = logits.shape()[1];
    let values: Vec<f32> =
        logits.data().chunks(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect();
    let predictions = values.chunks(width).map(|row| {
        let best = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        row.iter().position(|l| *l == best).unwrap() as i64
    });
    let samples = numbers("index").into_iter().zip(numbers("labels")).zip(predictions);
    samples.map(|((i, label), predicted)| (i, label, predicted)).collect()
}

/// Every accuracy on held-out samples is what the stored outputs and the forget set say, counted here.
#[test]
fn test_metrics_leave_out_what_is_forgotten_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (file, store) = (write(folder.path(), "study.mu", STUDY), folder.path().join("store"));
    let ran = run(&file, &store, &[]);
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    let objects = objects(&store);
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for (path, spec) in objects.values().filter(|(_, s)| s["step"] == "measure") {
        let kernel = &spec["kernel"];
        let of = |name: &str| &objects[kernel[name].as_str().unwrap()].0;
        let on = kernel["on"].as_str().unwrap_or_default();
        if kernel["kernel"] != "accuracy" || !(on.starts_with("test") || on.starts_with("validation")) {
            continue;
        }
        let forget: BTreeSet<i64> =
            serde_json::from_slice(&std::fs::read(of("forget").join("forget.json")).unwrap()).unwrap();
        let train = part(of("infer"), "train");
        let of_class = |class: i64| train.iter().filter(move |(_, label, _)| *label == class);
        let whole =
            |class: i64| of_class(class).all(|(i, ..)| forget.contains(i)) && of_class(class).count() > 0;
        let named = |key: &str| -> Option<Vec<i64>> {
            serde_json::from_value(kernel["classes"].get(key)?.clone()).unwrap()
        };
        let counts = |class: i64| {
            !(on.ends_with("_retained") && whole(class))
                && named("only").is_none_or(|these| these.contains(&class))
                && named("without").is_none_or(|these| !these.contains(&class))
        };
        let samples: Vec<bool> = part(of("infer"), on.split('_').next().unwrap())
            .into_iter()
            .filter(|(_, label, _)| counts(*label))
            .map(|(_, label, predicted)| label == predicted)
            .collect();
        let expected = 100.0 * samples.iter().filter(|right| **right).count() as f64 / samples.len() as f64;
        let value: serde_json::Value =
            serde_json::from_slice(&std::fs::read(path.join("value.json")).unwrap()).unwrap();
        assert!(
            (value["value"].as_f64().unwrap() - expected).abs() < 1e-9,
            "{kernel}: {value}, not {expected}"
        );
        assert_eq!(value["samples"], samples.len());
        let left_out: Vec<i64> = (0..10).filter(|c| on.ends_with("_retained") && whole(*c)).collect();
        assert_eq!(
            value.get("left_out").cloned().unwrap_or(serde_json::json!([])),
            serde_json::json!(left_out)
        );
        *seen.entry(format!("{on} without {left_out:?}")).or_default() += 1;
    }
    assert!(seen["test_retained without [1, 4]"] == 2 && seen["test_retained without [3]"] == 2, "{seen:?}");
    assert!(seen["test_retained without []"] == 4 && seen["test without []"] == 32, "{seen:?}");

    let results =
        mu().arg("results").arg(&file).args(["--format", "json", "--store"]).arg(&store).output().unwrap();
    let rows: Vec<serde_json::Value> = serde_json::from_slice(&results.stdout).unwrap();
    let value = |forget: &str, unlearn: &str, metric: &str| {
        let own = |r: &&serde_json::Value| {
            r["forget"] == forget
                && r["unlearn"].as_str().unwrap().starts_with(unlearn)
                && r["metric"] == metric
        };
        rows.iter().find(own).and_then(|r| r["value"].as_f64()).unwrap_or_else(|| panic!("{forget} {metric}"))
    };
    let whole = [("ta", "ta@whole"), ("va", "va@whole"), ("mia", "mia@whole"), ("tow", "tow@whole")];
    let rest = [("ece", "calibration_error(on: test)"), ("avg_gap", "avg_gap@whole")];
    for (metric, whole) in whole.into_iter().chain(rest) {
        for forget in ["half", "random"] {
            assert_eq!(value(forget, "ft", metric), value(forget, "ft", whole), "{forget} {metric}");
        }
        let apart = (value("classes", "ft", metric) - value("classes", "ft", whole)).abs();
        assert!(apart > 0.0 || metric == "mia", "{metric}");
    }
    // Retrain fails on a class that it never saw: only the whole test set shows that.
    assert!(value("classes", "retrain", "ta") > value("classes", "retrain", "ta@whole") + 10.0);
    assert_eq!(value("classes", "retrain", "accuracy(on: test, class: [1, 4])"), 0.0);

    // Said below every table that needs it, in every format that has words.
    let table = |name: &str, format: &str| {
        let mut command = mu();
        command.arg("table").arg(&file).arg(name).args(["--format", format, "--store"]).arg(&store);
        text(&command.output().unwrap().stdout)
    };
    for format in ["text", "md", "tex", "siunitx", "html", "json"] {
        let said = table("main", format).replace("\\_", "_");
        let note = "ta, avg_gap: test metrics leave out the forgotten classes where forget is classes, both";
        assert!(said.contains(note), "{format}: {said}");
        assert!(!table("random", format).contains("leave out"), "{format}");
        let all = table("classes", format);
        assert!(all.contains("ta: test metrics leave out the forgotten classes"), "{format}: {all}");
        assert!(!all.contains("where forget"), "{format}: {all}");
    }
}

/// What stopped at a limit is marked wherever it is shown, and spreads nothing.
#[test]
fn values_at_their_limit_are_marked() {
    let folder = tempfile::tempdir().unwrap();
    let study = "experiment study {
  data    = digits
  model   = small_cnn(width: 4)
  train   = training(2 epochs, batch: 64 samples, optimizer: sgd(lr: 0.05))
  forget  = random(10%)
  unlearn = each [retrain, none = no_unlearning]
  seed    = each 0..2
  measure = [relearn_time(lr: 1e-7, most: 3 epochs)]
}
metric relearn: epochs towards retrain = relearn_time(lr: 1e-7, most: 3 epochs)
metric less: epochs = 10 - relearn
metric gap: epochs towards 0 = abs(relearn - relearn[unlearn == retrain])
table main { from = study rows = unlearn columns = [relearn, less, gap] cell = mean ± std over seed highlight = best }
figure f { from = study x = unlearn y = relearn line = seed }
claim \"slow\" { mean(study.relearn where unlearn == retrain over seed) >= 3 epochs }
claim \"at once\" { mean(study.relearn where unlearn == none over seed) >= 0 epochs }
"
    .replace("each [retrain, none = no_unlearning]", "each { retrain = retrain, none = no_unlearning }");
    let (file, store) = (write(folder.path(), "study.mu", study), folder.path().join("store"));
    let ran = run(&file, &store, &[]);
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    let table = |format: &str| {
        let mut command = mu();
        command.arg("table").arg(&file).args(["--format", format, "--store"]).arg(&store);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    insta::assert_snapshot!(table("text"));
    insta::assert_snapshot!(table("md"));
    insta::assert_snapshot!(table("tex"));
    insta::assert_snapshot!(table("siunitx"));
    insta::assert_snapshot!(table("csv"));
    insta::assert_snapshot!(table("json"));
    assert!(table("html").contains(">≥3.0000</td>"), "{}", table("html"));
    let results =
        mu().arg("results").arg(&file).args(["--format", "csv", "--store"]).arg(&store).output().unwrap();
    let said = text(&results.stdout);
    assert!(said.contains(",at least,3") && said.contains(",ok,0"), "{said}");
    let say = |command: &[&str]| {
        let mut say = mu();
        let output = say.args(command).arg("--store").arg(&store).output().unwrap();
        text(&output.stdout) + &text(&output.stderr)
    };
    let name = file.to_str().unwrap();
    let claims = say(&["claims", name]);
    assert!(claims.contains("slow: holds (3 ≥ 3; 2 values behind it stopped at a limit)"), "{claims}");
    assert!(claims.contains("at once: holds (0 ≥ 0)"), "{claims}");
    let figure = say(&["figure", name, "--format", "csv"]);
    assert!(figure.contains("retrain,3,,1,at least") && figure.contains("none,0,,1,\n"), "{figure}");
    say(&["figure", name, "--output", folder.path().to_str().unwrap()]);
    let svg = std::fs::read_to_string(folder.path().join("f.svg")).unwrap();
    assert!(svg.contains("(hollow: stopped at a limit)"), "{svg}");
    let diff = say(&["diff", "study[unlearn=retrain]", "study[unlearn=none]", name]);
    assert!(diff.contains("2 of the values stopped at a limit"), "{diff}");
    let runs = folder.path().join("runs");
    say(&["export", "tensorboard", name, "--output", runs.to_str().unwrap()]);
    let events = std::process::Command::new("grep").args(["-rlaF", " at least"]).arg(&runs).output();
    assert_eq!(text(&events.unwrap().stdout).lines().count(), 2, "one for each seed");
}

/// The papers' average gap is that of means: smaller than the mean of gaps where these have both signs, and without a ±.
#[test]
fn gaps_are_of_means_or_means_of_gaps() {
    let folder = tempfile::tempdir().unwrap();
    let study = "experiment study {
  data    = digits
  model   = small_cnn(width: 4)
  train   = training(3 epochs, batch: 64 samples, optimizer: sgd(lr: 0.05))
  forget  = random(10%)
  unlearn = each { retrain = retrain, again = retrain@again }
  seed    = each 0..4
  measure = [ua, mia, ra, ta, avg_gap, avg_gap@of_means]
}
table main { from = study rows = unlearn columns = [ua, mia, ra, ta, avg_gap, avg_gap@of_means] cell = mean ± std over seed digits = 12 }
";
    let (file, store) = (write(folder.path(), "study.mu", study), folder.path().join("store"));
    let ran = run(&file, &store, &[]);
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    let output =
        mu().arg("table").arg(&file).args(["--format", "json", "--store"]).arg(&store).output().unwrap();
    let table: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let mean = |row: usize, column: usize| table["cells"][row][column]["mean"].as_f64().unwrap();
    let of_means = (0..4).map(|m| (mean(1, m) - mean(0, m)).abs()).sum::<f64>() / 4.0;
    assert!((mean(1, 5) - of_means).abs() < 1e-9, "{table}");
    assert_eq!(table["cells"][1][5]["std"], serde_json::Value::Null);
    let results =
        mu().arg("results").arg(&file).args(["--format", "json", "--store"]).arg(&store).output().unwrap();
    let rows: Vec<serde_json::Value> = serde_json::from_slice(&results.stdout).unwrap();
    let value = |unlearn: &str, seed: usize, metric: &str| {
        let seed = seed.to_string();
        let own =
            |r: &&serde_json::Value| r["unlearn"] == unlearn && r["seed"] == seed && r["metric"] == metric;
        rows.iter().find(own).and_then(|r| r["value"].as_f64()).unwrap()
    };
    let gap = |seed: usize| {
        let one = |m: &str| (value("again", seed, m) - value("retrain", seed, m)).abs();
        ["ua", "mia", "ra", "ta"].into_iter().map(one).sum::<f64>() / 4.0
    };
    let mean_of_gaps = (0..4).map(gap).sum::<f64>() / 4.0;
    assert!((mean(1, 4) - mean_of_gaps).abs() < 1e-9, "{table}");
    assert!(mean_of_gaps > of_means, "{table}");
}
