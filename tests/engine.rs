//! Whole studies on the real engine.

use std::collections::BTreeMap;
use std::path::Path;

use crate::harness::{SMALL, mu, run, text, write};

/// Every file of a store's objects that holds results: bytes by path, without provenance and run times.
fn results(store: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for shard in std::fs::read_dir(store.join("objects")).unwrap() {
        for object in std::fs::read_dir(shard.unwrap().path()).unwrap() {
            for file in std::fs::read_dir(object.unwrap().path()).unwrap() {
                let path = file.unwrap().path();
                let name = path.file_name().unwrap().to_str().unwrap();
                if !matches!(name, "meta.json" | "meta.b3" | "cost.json" | "rounds.json") {
                    let key = path.strip_prefix(store).unwrap().display().to_string();
                    found.insert(key, std::fs::read(&path).unwrap());
                }
            }
        }
    }
    found
}

#[test]
fn two_empty_stores_give_the_same_bytes_whatever_the_workers() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "small.mu", SMALL);
    let (a, b) = (folder.path().join("a"), folder.path().join("b"));
    let one = run(&file, &a, &["--jobs", "1"]);
    let two = run(&file, &b, &["--jobs", "3"]);
    assert!(one.status.success(), "{}", text(&one.stderr));
    assert_eq!(text(&one.stdout), text(&two.stdout));
    let (a_files, b_files) = (results(&a), results(&b));
    assert!(a_files.keys().any(|k| k.ends_with("model.safetensors")));
    assert_eq!(a_files, b_files);

    // Nothing is left to do; the table comes from the store.
    let again = run(&file, &a, &[]);
    assert!(text(&again.stderr).contains("0 steps ran"), "{}", text(&again.stderr));
    assert_eq!(text(&again.stdout), text(&one.stdout));

    // A comment and another order of fields are the same study; another seed is not.
    let moved = SMALL
        .replace("  data    = digits\n", "")
        .replace("  seed ", "  // a comment\n  data = digits\n  seed ");
    let moved = write(folder.path(), "moved.mu", moved);
    assert!(text(&run(&moved, &a, &[]).stderr).contains("0 steps ran"));
    let more = write(folder.path(), "more.mu", SMALL.replace("0..2", "0..3"));
    let plan = mu().arg("plan").arg(&more).arg("--store").arg(&a).output().unwrap();
    let counts: Vec<String> = text(&plan.stdout)
        .lines()
        .find(|l| l.starts_with("in all"))
        .unwrap()
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    assert_eq!(counts, ["in", "all", "104", "70", "34"], "a third seed needs a third of the steps");
    formats(&file, &a);
}

/// The other forms of the same numbers.
fn formats(file: &Path, store: &Path) {
    let table = |format: &str| {
        let output = mu()
            .arg("table")
            .arg(file)
            .args(["main", "--format", format, "--store"])
            .arg(store)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    let json: serde_json::Value = serde_json::from_str(&table("json")).unwrap();
    assert_eq!(json["table"], "main");
    assert_eq!(json["rows"], serde_json::json!(["retrain", "ga"]));
    assert_eq!(json["columns"][1], serde_json::json!(["random", "ra"]));
    assert_eq!(
        json["cells"][0][4],
        serde_json::json!({"mean": 0.0, "std": 0.0, "n": 2}),
        "Retrain's gap to itself"
    );
    assert!(table("tex").contains("\\toprule") && table("md").starts_with("| unlearn |"));
    assert_eq!(table("csv").lines().count(), 3);

    // avg_gap is the mean distance of its four metrics to Retrain, point by point.
    let output =
        mu().arg("results").arg(file).args(["--format", "json", "--store"]).arg(store).output().unwrap();
    let rows: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(rows.len(), 8 * 5);
    let value = |forget: &str, unlearn: &str, metric: &str| {
        let row = rows.iter().find(|r| {
            r["forget"] == forget && r["unlearn"] == unlearn && r["metric"] == metric && r["seed"] == "1"
        });
        row.unwrap()["value"].as_f64().unwrap()
    };
    for forget in ["random", "worst"] {
        let gaps =
            ["ua", "ra", "ta", "mia"].map(|m| (value(forget, "ga", m) - value(forget, "retrain", m)).abs());
        let mean = gaps.iter().sum::<f64>() / 4.0;
        assert!((value(forget, "ga", "avg_gap") - mean).abs() < 1e-9);
        // Accuracies are shares of 129 forgotten and 1 165 retained samples.
        let forgotten = value(forget, "ga", "ua") / 100.0 * 129.0;
        assert!((forgotten - forgotten.round()).abs() < 1e-6, "{forgotten}");
    }
}

#[test]
fn a_point_that_diverges_is_marked_and_the_rest_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(
        folder.path(),
        "hot.mu",
        SMALL.replace("ga(lr: 1e-3, epochs: 1 epochs)", "ga(lr: 1e30, epochs: 3 epochs)"),
    );
    let store = folder.path().join("store");
    let output = run(&file, &store, &[]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let table = text(&output.stdout);
    assert!(table.contains("✗[1]") && table.contains("[1] 2 of 2 failed (diverged)"), "{table}");
    let retrain = table.lines().find(|l| l.contains("retrain")).unwrap();
    assert!(!retrain.contains('✗') && !retrain.contains('–'), "{table}");
    // It would diverge again: a second run does not try, unless asked.
    let again = run(&file, &store, &[]);
    assert!(text(&again.stderr).contains("0 steps ran"), "{}", text(&again.stderr));
    assert_eq!((again.status.code(), text(&again.stdout)), (Some(1), table));
}

/// The worst case is the easiest data: Retrain keeps getting it right, and less so a random set.
#[test]
fn the_worst_case_is_harder_to_erase_than_a_random_set() {
    let folder = tempfile::tempdir().unwrap();
    let study = SMALL
        .replace("epochs: 3 epochs", "epochs: 10 epochs")
        .replace("rounds: 2 rounds", "rounds: 4 rounds")
        .replace("unlearn = each [retrain, ga(lr: 1e-3, epochs: 1 epochs)]", "unlearn = each [retrain]");
    let file = write(folder.path(), "worst.mu", study);
    let output = run(&file, &folder.path().join("store"), &[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let output = mu()
        .arg("table")
        .arg(&file)
        .args(["--format", "json", "--store"])
        .arg(folder.path().join("store"))
        .output()
        .unwrap();
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let mean = |column: usize| json["cells"][0][column]["mean"].as_f64().unwrap();
    let (random, worst) = (mean(0), mean(5));
    assert!(worst < 0.5 && random > 1.0, "UA random {random}, worst {worst}");
    assert!((mean(2) - mean(7)).abs() < 1.5, "TA {} and {}", mean(2), mean(7));
}

/// The weights of the models that a kind of step made.
fn models(store: &Path, step: &str) -> Vec<BTreeMap<String, Vec<u8>>> {
    let mut found = Vec::new();
    for shard in std::fs::read_dir(store.join("objects")).unwrap() {
        for object in std::fs::read_dir(shard.unwrap().path()).unwrap() {
            let folder = object.unwrap().path();
            let meta = std::fs::read(folder.join("meta.json")).unwrap();
            let meta: serde_json::Value = serde_json::from_slice(&meta).unwrap();
            if meta["spec"]["step"] == step {
                let bytes = std::fs::read(folder.join("model.safetensors")).unwrap();
                let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
                found.push(tensors.tensors().into_iter().map(|(n, t)| (n, t.data().to_vec())).collect());
            }
        }
    }
    found
}

/// A user's own method: only what its text permits moves; and it can be the lower level of a worst case.
#[test]
fn a_method_moves_what_it_may() {
    let folder = tempfile::tempdir().unwrap();
    let method = "method head { start from original update only last repeat 1 epochs over retain in batches of 64 samples \
                  { minimize ce(retain) by sgd(lr: 0.1) } }";
    let study = SMALL
        .replace("each 0..2", "7")
        .replace(
            "forget  = each { random = random(10%), worst = worst_case(10%, rounds",
            "forget  = each { worst = worst_case(10%, against: head, rounds",
        )
        .replace("each [retrain, ga(lr: 1e-3, epochs: 1 epochs)]", "each [head]")
        .replace(", avg_gap]", "]");
    let file = write(folder.path(), "head.mu", format!("{method}\n{study}"));
    let store = folder.path().join("store");
    let output = run(&file, &store, &[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let (original, unlearned) = (models(&store, "train").remove(0), models(&store, "unlearn").remove(0));
    for (name, before) in original.iter().filter(|(n, _)| !n.contains("running_")) {
        let moved = unlearned[name] != *before;
        assert_eq!(moved, name.starts_with("fc."), "{name}");
    }
}

/// A file with every construction of the language runs: tuned parameters first, then the grid with what was chosen.
#[test]
fn the_whole_language_runs() {
    let folder = tempfile::tempdir().unwrap();
    let file = crate::harness::root().join("tests/suite/language/everything.mu");
    let store = folder.path().join("store");
    let plan = || text(&mu().arg("plan").arg(&file).arg("--store").arg(&store).output().unwrap().stdout);
    assert!(plan().contains("unlearn.length of half"), "{}", plan());
    let output = run(&file, &store, &[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    assert!(said.contains("10% of the \"digits\"") && said.contains("✓ it works: holds"), "{said}");
    assert!(!said.contains("not computed yet"), "{said}");
    assert!(!plan().contains("to be tuned"), "{}", plan());
    assert!(text(&run(&file, &store, &[]).stderr).contains("0 steps ran"));

    // The chosen length is the one with the better validation accuracy on the tuning points.
    let results = |metric: &str| -> Vec<serde_json::Value> {
        let output = mu()
            .arg("results")
            .arg(&file)
            .args(["--format", "json", "--store"])
            .arg(&store)
            .output()
            .unwrap();
        let rows: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
        rows.into_iter().filter(|r| r["experiment"] == "a" && r["metric"] == metric).collect()
    };
    let rows = results("ua");
    let half: Vec<_> = rows.iter().filter(|r| r["unlearn"] == "half").collect();
    let lengths = |rate: &str| -> std::collections::BTreeSet<String> {
        half.iter().filter(|r| r["unlearn.lr"] == rate).map(|r| r["unlearn.length"].to_string()).collect()
    };
    assert_eq!((lengths("0.001").len(), lengths("0.1").len()), (1, 1), "one length is chosen for each rate");
    // `zip` and `except`: seeds are paired, and the worst-case set of the second pair has no `half`.
    assert!(rows.iter().all(|r| (r["seed.select"] == "0") == (r["seed.unlearn"] == "3")), "{rows:?}");
    assert!(!half.iter().any(|r| r["forget"] == "worst" && r["seed.select"] == "0"));
    assert!(half.iter().any(|r| r["forget"] == "worst" && r["seed.select"] == "1"));

    let figure =
        mu().arg("figure").arg(&file).args(["--format", "csv", "--store"]).arg(&store).output().unwrap();
    let lines: Vec<String> = text(&figure.stdout).lines().map(str::to_owned).collect();
    assert_eq!(lines[0], "line,unlearn.lr,ua,spread,n,bound");
    assert_eq!(lines.len(), 5, "{lines:?}");
    let drawn = mu()
        .arg("figure")
        .arg(&file)
        .arg("--store")
        .arg(&store)
        .arg("-o")
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(drawn.status.success());
    let svg = std::fs::read_to_string(folder.path().join("rates_matter.svg")).unwrap();
    assert!(svg.starts_with("<svg") && svg.matches("<circle").count() == 4, "{svg}");

    // The mean of a cell is that of the long-form results; its interval is Student's.
    let table = mu()
        .arg("table")
        .arg(&file)
        .args(["small", "--format", "json", "--store"])
        .arg(&store)
        .output()
        .unwrap();
    let table: serde_json::Value = serde_json::from_slice(&table.stdout).unwrap();
    assert_eq!(table["columns"], serde_json::json!([["own"]]));
    // A point that is not on an axis has its row, once; places without points have none.
    assert_eq!(table["rows"][0], "random · retrain");
    assert_eq!(table["rows"].as_array().unwrap().len(), 6);
    let format = |format: &str| {
        let output =
            mu().arg("table").arg(&file).args(["--format", format, "--store"]).arg(&store).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    assert!(
        format("tex").contains("\\mathbf{")
            && format("md").contains("**")
            && format("csv").contains("random · half")
    );
    // Columns that are nested axes line up in every format.
    let turned = std::fs::read_to_string(&file).unwrap().replace("./library.mu", "library.mu");
    let turned = turned.replace(
        "  rows    = forget * unlearn * unlearn.lr\n  columns = [own]",
        "  rows    = [own]\n  columns = forget * unlearn * unlearn.lr",
    );
    std::fs::copy(file.with_file_name("library.mu"), folder.path().join("library.mu")).unwrap();
    let turned = write(folder.path(), "turned.mu", turned);
    for format in ["text", "tex", "md", "csv", "json"] {
        let output = mu()
            .arg("table")
            .arg(&turned)
            .args(["small", "--format", format, "--store"])
            .arg(&store)
            .output()
            .unwrap();
        assert!(output.status.success() && !output.stdout.is_empty(), "{}", text(&output.stderr));
    }
}

/// On an axis of epochs one run serves all: the shorter ones are stored on its way, to the last bit as if they had run alone.
#[test]
fn shorter_runs_are_made_on_the_way_of_the_longest() {
    let folder = tempfile::tempdir().unwrap();
    let study = |epochs: &str, rate: &str| {
        format!(
            "experiment e {{ data = digits model = small_cnn(width: 2) train = training(2 epochs, batch: 64 samples) forget = random(10%) \
               unlearn = ft(epochs: {epochs}, batch: 64 samples{rate}) seed = 0 measure = [ua, ra] }}\n"
        )
    };
    let of = |name: &str, text: String| {
        let store = folder.path().join(name);
        let output = run(&write(folder.path(), &format!("{name}.mu"), text), &store, &["--jobs", "2"]);
        assert!(output.status.success(), "{}", crate::harness::text(&output.stderr));
        (crate::harness::text(&output.stderr), results(&store))
    };
    let (said, together) = of("together", study("each [1 epochs, 2 epochs, 5 epochs]", ""));
    let ran = |said: &str| said.lines().last().unwrap().split(' ').next().unwrap().parse::<usize>().unwrap();
    let shared = ran(&said);
    for alone in ["1 epochs", "2 epochs", "5 epochs"] {
        let (_, files) = of(&alone.replace(' ', "_"), study(alone, ""));
        assert!(files.iter().all(|(name, bytes)| together.get(name) == Some(bytes)), "{alone}");
    }
    // Half a cosine is another one for each length, but for its first epoch.
    let method = "method slowing(epochs: epochs) { start from original repeat epochs over retain in batches of 64 samples \
         { minimize ce(retain) by sgd(lr: 0.01, schedule: cosine) } }\n";
    let cosine = study("each [1 epochs, 2 epochs, 5 epochs]", "")
        .replace("ft(", "slowing(")
        .replace(", batch: 64 samples) seed", ") seed");
    let (said, _) = of("cosine", format!("{method}{cosine}"));
    assert_eq!(
        ran(&said),
        shared + 1,
        "two models of three were there when their turn came, here that of one epoch"
    );
}

/// Each precision trains in its own and says so; what is measured differs by less than rounding could explain.
#[test]
fn precisions_are_what_they_say() {
    let folder = tempfile::tempdir().unwrap();
    let study = "experiment e { data = digits model = small_cnn(width: 2) \
        train = training(2 epochs, batch: 128 samples, precision: each [float32, bf16, float64]) \
        forget = random(10%) unlearn = each [retrain, ft(epochs: 1 epochs)] seed = 0 measure = [ra, weight_distance] }\n";
    let file = write(folder.path(), "e.mu", study);
    let store = folder.path().join("s");
    let output = run(&file, &store, &[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let mut said: BTreeMap<String, usize> = BTreeMap::new();
    let mut models = Vec::new();
    for (path, bytes) in results(&store) {
        let object = store.join(&path).with_file_name("meta.json");
        let meta: serde_json::Value = serde_json::from_slice(&std::fs::read(object).unwrap()).unwrap();
        if path.ends_with("model.safetensors") && meta["spec"]["step"] == "train" {
            *said.entry(meta["environment"]["precision"].as_str().unwrap().to_owned()).or_default() += 1;
            models.push(bytes);
        }
    }
    let expected = [("bf16", 1), ("float64", 1), ("float32", 1)];
    assert_eq!(said, expected.map(|(name, count)| (name.to_owned(), count)).into());
    assert!(models[0] != models[1] && models[1] != models[2] && models[0] != models[2]);
    assert!(models.iter().all(|m| m.len() == models[0].len()), "all are stored in float32");
    let results =
        mu().arg("results").arg(&file).args(["--format", "json", "--store"]).arg(&store).output().unwrap();
    let rows: Vec<serde_json::Value> = serde_json::from_slice(&results.stdout).unwrap();
    let of = |precision: &str, metric: &str| {
        let own = |r: &&serde_json::Value| {
            r["train.precision"] == precision
                && r["metric"] == metric
                && r["unlearn"].as_str().unwrap().starts_with("ft")
        };
        rows.iter().find(own).and_then(|r| r["value"].as_f64()).unwrap_or_else(|| panic!("{rows:?}"))
    };
    for metric in ["ra", "weight_distance"] {
        let exact = of("float64", metric);
        assert!((of("float32", metric) - exact).abs() < 1e-3 * exact.abs(), "{metric}");
        assert!((of("bf16", metric) - exact).abs() < 0.1 * exact.abs(), "{metric}");
    }
}

/// With and without mu's own kernels a training comes to the same, within rounding, and the record says which it was; another value
/// of the switch is an error.
#[test]
fn kernels_can_be_switched_off() {
    let folder = tempfile::tempdir().unwrap();
    let study = "experiment e { data = digits model = small_cnn(width: 16) \
        train = training(2 epochs, batch: 64 samples, precision: float32) forget = random(10%) \
        unlearn = each [retrain, ft(epochs: 1 epochs)] seed = 0 measure = [ra, weight_distance] }\n";
    let file = write(folder.path(), "e.mu", study);
    let seen = ["auto", "aten"].map(|choice| {
        let store = folder.path().join(choice);
        let output =
            mu().arg("run").arg(&file).arg("--store").arg(&store).env("MU_KERNELS", choice).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        let mut said = Vec::new();
        let mut values = BTreeMap::new();
        for (path, bytes) in results(&store) {
            let object = store.join(&path).with_file_name("meta.json");
            let meta: serde_json::Value = serde_json::from_slice(&std::fs::read(object).unwrap()).unwrap();
            let kernels = meta["environment"]["kernels"].as_str().unwrap_or_default().to_owned();
            if path.ends_with("model.safetensors") {
                said.push(kernels);
            }
            if path.ends_with("value.json") {
                let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
                values.insert(path, value["value"].as_f64().unwrap());
            }
        }
        assert_eq!(said.len(), 3, "{said:?}");
        (said, values)
    });
    let [(auto, own), (aten, other)] = seen;
    assert!(
        auto.iter().all(|s| !s.contains("MU_KERNELS") && (s == "ATen's" || s.starts_with("mu's"))),
        "{auto:?}"
    );
    assert!(aten.iter().all(|s| s == "ATen's (MU_KERNELS=aten)"), "{aten:?}");
    assert!(own.len() >= 3 && own.keys().eq(other.keys()), "the same steps: {own:?} {other:?}");
    for (path, value) in &own {
        assert!((value - other[path]).abs() < 2e-2 * value.abs().max(1.0), "{path}: {value} {}", other[path]);
    }
    let wrong = mu()
        .arg("run")
        .arg(&file)
        .arg("--store")
        .arg(folder.path().join("wrong"))
        .env("MU_KERNELS", "ours")
        .output()
        .unwrap();
    let said = text(&wrong.stderr);
    assert!(
        !wrong.status.success() && said.contains("MU_KERNELS is `ours`") && said.contains("`aten`"),
        "{said}"
    );
}

#[test]
fn a_new_project_runs_and_its_claim_is_judged() {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("mine");
    assert!(mu().arg("new").arg(&project).output().unwrap().status.success());
    let study = project.join("study.mu");
    let files: Vec<_> = ["study.mu", "recipes.mu"].iter().map(|f| project.join(f)).collect();
    assert!(mu().args(["fmt", "--check"]).args(&files).output().unwrap().status.success());
    let checked = mu().args(["check", "--deny-warnings"]).args(&files).output().unwrap();
    assert!(checked.status.success(), "{}", text(&checked.stderr));
    // The same study, shorter.
    let short = std::fs::read_to_string(project.join("recipes.mu")).unwrap().replace("20 epochs", "2 epochs");
    std::fs::write(project.join("recipes.mu"), short).unwrap();
    let store = folder.path().join("store");
    let output = run(&study, &store, &[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    assert!(said.contains("Retraining still predicts the worst-case set") && said.contains("< 2"), "{said}");
    let claims = mu().arg("claims").arg(&study).arg("--store").arg(&store).output().unwrap();
    assert_eq!(claims.status.success(), text(&claims.stdout).starts_with('✓'), "{}", text(&claims.stdout));
    // It is not written over.
    let again = mu().arg("new").arg(&project).output().unwrap();
    assert_eq!(again.status.code(), Some(2));
    assert!(text(&again.stderr).contains("not empty"));
}
