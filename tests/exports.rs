//! What leaves mu is what was measured: exported weights and sets, measured again on their own, give the numbers of their points.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::harness::{mu, run, text, write};

/// A study whose points share their procedures with shadow models, leave-out models and rounds of a worst-case selection: every
/// kind of step that could be taken for a point's own.
const LOOK_ALIKES: &str = r"
experiment study {
  data    = digits
  model   = small_cnn(width: 4)
  train   = training(3 epochs, batch: 64 samples, optimizer: sgd(lr: 0.05))
  forget  = each {
    memorised  = highest(10%, score: memorisation(models: 3))
    consistent = lowest(10%, score: consistency(models: 3))
    worst      = worst_case(10%, rounds: 2 rounds)
    own        = worst_case(10%, against: ft(epochs: 1 epochs, batch: 64 samples), rounds: 2 rounds)
  }
  unlearn = each [retrain, no_unlearning, ft(epochs: 1 epochs, batch: 64 samples)]
  seed    = each 0..2
  measure = [ua, ra, ta, mia, ulira(shadows: 3)]
}
";

/// The metrics that are measured again.
const AGAIN: [&str; 4] = ["ua", "ra", "ta", "mia"];

/// Numbers by experiment, forget set, method, seed and metric.
fn numbers(file: &Path, store: &Path) -> BTreeMap<[String; 5], f64> {
    let output =
        mu().arg("results").arg(file).args(["--format", "json", "--store"]).arg(store).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let rows: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    let word = |row: &serde_json::Value, column: &str| match &row[column] {
        serde_json::Value::String(word) => word.clone(),
        serde_json::Value::Null => String::new(),
        other => other.to_string(),
    };
    let columns = ["experiment", "forget", "unlearn", "seed", "metric"];
    rows.iter().map(|r| (columns.map(|c| word(r, c)), r["value"].as_f64().unwrap())).collect()
}

/// Accuracies in percent on forget, retain and test samples, of exported outputs: an answer is the largest logit.
fn accuracies(outputs: &Path) -> [f64; 3] {
    let mut counts = [[0.0; 2]; 3];
    for row in std::fs::read_to_string(outputs).unwrap().lines().skip(1) {
        let cells: Vec<&str> = row.split(',').collect();
        let logits: Vec<f64> = cells[7..].iter().map(|l| l.parse().unwrap()).collect();
        let largest = (0..logits.len()).fold(0, |best, k| if logits[k] > logits[best] { k } else { best });
        assert_eq!(cells[4], largest.to_string(), "{row}");
        let sum: f64 = logits.iter().map(|l| l.exp()).sum();
        let own: f64 = logits[cells[2].parse::<usize>().unwrap()];
        let (loss, confidence): (f64, f64) = (cells[5].parse().unwrap(), cells[6].parse().unwrap());
        assert!(
            (loss - (sum.ln() - own)).abs() < 1e-5 && (confidence - own.exp() / sum).abs() < 1e-5,
            "{row}"
        );
        let part = match (cells[0], cells[3]) {
            ("train", "true") => 0,
            ("train", "false") => 1,
            ("test", "false") => 2,
            ("validation", "false") => continue,
            other => panic!("{other:?}"),
        };
        counts[part][0] += f64::from(u8::from(cells[2] == cells[4]));
        counts[part][1] += 1.0;
    }
    counts.map(|[right, all]| 100.0 * right / all)
}

#[test]
fn every_exported_model_and_set_measures_as_its_point_does() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let file = write(folder.path(), "study.mu", LOOK_ALIKES);
    let ran = run(&file, &store, &[]);
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    let cells = numbers(&file, &store);

    let export = |command: &str, point: &str, to: &PathBuf, more: &[&str]| {
        let mut export = mu();
        export.arg(command).arg(point).arg(&file).arg("-o").arg(to).arg("--store").arg(&store).args(more);
        let output = export.output().unwrap();
        assert!(output.status.success(), "{point}: {}", text(&output.stderr));
    };
    let points: std::collections::BTreeSet<[String; 3]> = cells
        .keys()
        .map(|[_, forget, unlearn, seed, _]| [forget, unlearn, seed].map(String::clone))
        .collect();
    assert_eq!(points.len(), 4 * 3 * 2);
    // Each export as the original model of an experiment that unlearns nothing.
    let mut again = String::new();
    let mut expected = BTreeMap::new();
    for (at, [forget, unlearn, seed]) in points.iter().enumerate() {
        let point = format!("study[forget={forget}, unlearn={unlearn}, seed={seed}]");
        let (weights, set) =
            (folder.path().join(format!("w{at}.pth")), folder.path().join(format!("s{at}.npy")));
        export("indices", &point, &set, &[]);
        export("weights", &point, &weights, &[]);
        let outputs = folder.path().join(format!("p{at}.csv"));
        export("outputs", &point, &outputs, &[]);
        let cell = |metric: &str| cells[&["study", forget, unlearn, seed, metric].map(str::to_owned)];
        for (metric, accuracy) in ["ua", "ra", "ta"].into_iter().zip(accuracies(&outputs)) {
            let value = if metric == "ua" { 100.0 - accuracy } else { accuracy };
            assert!((value - cell(metric)).abs() < 1e-9, "{point} {metric}: {value}");
        }
        let mut remeasure = |name: String, weights: &PathBuf, of: &str| {
            again.push_str(&format!(
                "experiment {name} {{ data = digits model = small_cnn(width: 4) train = checkpoint({weights:?}, retrain: \
                 training(3 epochs)) forget = from_file({set:?}) unlearn = no_unlearning seed = {seed} measure = [{}] }}\n",
                AGAIN.join(", ")
            ));
            for metric in AGAIN {
                let place = ["study", forget, of, seed, metric].map(str::to_owned);
                expected.insert((name.clone(), metric.to_owned()), cells[&place]);
            }
        };
        remeasure(format!("point{at}"), &weights, unlearn);
        if unlearn.starts_with("ft") {
            let original = folder.path().join(format!("o{at}.safetensors"));
            export("weights", &point, &original, &["--original"]);
            remeasure(format!("original{at}"), &original, "no_unlearning");
        }
    }
    let file = write(folder.path(), "again.mu", again);
    let ran = run(&file, &store, &[]);
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    let found = numbers(&file, &store);
    assert_eq!(found.len(), expected.len());
    let distinct: std::collections::BTreeSet<u64> = expected.values().map(|v| v.to_bits()).collect();
    assert!(distinct.len() > 30, "the points can be told apart");
    for ([experiment, .., metric], value) in &found {
        let cell = expected[&(experiment.clone(), metric.clone())];
        assert!((value - cell).abs() < 1e-9, "{experiment} {metric}: {value} exported, {cell} in the table");
    }
}
