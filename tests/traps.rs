//! What would be wrong without a word: points that are dropped, numbers that are another, models that know nothing, and
//! suggestions that change what was meant.

use crate::harness::{mu, run, text, write};

/// A study whose methods do not all have the learning rate that one is tried with.
const PARTIAL: &str = r"
experiment partial {
  data    = digits
  model   = small_cnn(width: 4)
  train   = training(1 epochs, batch: 64 samples, optimizer: sgd(lr: 0.05))
  forget  = random(10%)
  unlearn = each [retrain, ft, ga(lr: each [1e-3, 1e-2])]
  seed    = each 0..2
  measure = [ua, ta]
CLAUSE
}
table all { from = partial rows = unlearn columns = [ua, ta] WHERE }
";

#[test]
fn no_point_is_dropped_for_lack_of_an_axis() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let said = |command: &str, clause: &str, filter: &str| {
        let study = PARTIAL.replace("CLAUSE", clause).replace("WHERE", filter);
        let path = write(folder.path(), "partial.mu", study);
        let output = mu().arg(command).arg(&path).arg("--store").arg(&store).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    let count = |plan: &str, word: &str| -> usize {
        let line = plan.lines().find(|l| l.trim_start().starts_with(word)).unwrap_or_default();
        line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).unwrap_or_default()
    };
    let methods = |table: &str| ["retrain", "ft", "ga"].map(|m| table.lines().any(|l| l.contains(m)));
    // Retrain and ft on both seeds, ga with a learning rate for each seed.
    let plan = said("plan", "  zip(seed, unlearn.lr)", "");
    assert_eq!((count(&plan, "points"), count(&plan, "unlearn  ")), (6, 3), "{plan}");
    assert_eq!(methods(&said("table", "  zip(seed, unlearn.lr)", "")), [true; 3]);
    // One learning rate of ga; the others have none.
    let plan = said("plan", "  except { unlearn.lr == 1e-2 }", "");
    assert_eq!(count(&plan, "points"), 6, "{plan}");
    for condition in
        ["unlearn.lr == 1e-3", "unlearn.lr < 5e-3", "not unlearn.lr == 1e-2", "unlearn.lr in [1e-3]"]
    {
        let table = said("table", "", &format!("where = {condition}"));
        assert_eq!(methods(&table), [true; 3], "{condition}\n{table}");
    }
    let table = said("table", "", "where = unlearn == ga and unlearn.lr == 1e-3");
    assert_eq!(methods(&table), [false, false, true], "{table}");
}

#[test]
fn large_seeds_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let study = PARTIAL
        .replace("each 0..2", "each [9007199254740992, 9007199254740993, 18446744073709551615]")
        .replace("CLAUSE", "")
        .replace("WHERE", "where = unlearn == ft");
    let path = write(folder.path(), "seeds.mu", study);
    let output =
        mu().arg("plan").arg(&path).arg("--store").arg(folder.path().join("store")).output().unwrap();
    let plan = text(&output.stdout);
    let train = plan.lines().find(|l| l.starts_with("train ")).unwrap_or_default();
    assert_eq!(train.split_whitespace().nth(1), Some("3"), "{plan}");
    assert!(plan.contains("9007199254740992, 9007199254740993, 18446744073709551615"), "{plan}");
}

/// A mistake, and what `--fix` makes of it; nothing where it may have meant several things.
const MISTAKES: &[(&str, Option<&str>)] = &[
    // What can be read in one way only.
    ("unlearn = each [retrian, ft]", Some("unlearn = each [retrain, ft]")),
    ("unlearn = [retrain, ft]", Some("unlearn = each [retrain, ft]")),
    ("unlearn = each [retrain, ft(lr: 1%)]", Some("unlearn = each [retrain, ft(lr: 0.01)]")),
    ("unlearn = each [retrain, ft(epochs: 5)]", Some("unlearn = each [retrain, ft(epochs: 5 epochs)]")),
    ("unlearn = each [retrain, ft(epochs: 5 epoch)]", Some("unlearn = each [retrain, ft(epochs: 5 epochs)]")),
    ("unlearn = each [retrain, ft(lr = 0.1)]", Some("unlearn = each [retrain, ft(lr: 0.1)]")),
    ("seed = [0, 1, 2]", Some("seed = each [0, 1, 2]")),
    ("measure = ua", Some("measure = [ua]")),
    ("measure = [ua ra]", Some("measure = [ua, ra]")),
    ("measure = [UA, RA]", Some("measure = [ua, ra]")),
    ("mesure = [ua]", Some("measure = [ua]")),
    ("data = DIGITS", Some("data = digits")),
    ("data = digits;", Some("data = digits")),
    ("cell = mean +/- std over seed", Some("cell = mean ± std over seed")),
    ("where = unlearn = ft", Some("where = unlearn == ft")),
    ("gaps = True", Some("gaps = true")),
    // What may mean several things, or nothing that is there.
    ("forget = random(100)", None),
    ("forget = random(0.1)", None),
    ("forget = random(1)", None),
    ("forget = rand(10%)", None),
    ("unlearn = each [retrain, sam]", None),
    ("unlearn = each [retrain, ft(rl: 0.1)]", None),
    ("unlearn = each [retrain, ft(learning_rate: 0.1)]", None),
    ("unlearn = each [retrain, ft(epochs: 5 px)]", None),
    ("unlearn = each [retrain, ft(lr 0.1)]", None),
    ("model = small_cnn(width: 4, deep: 3)", None),
    ("data = cifar11", None),
    ("data = \"digits\"", None),
    ("train = training(epochs: 1 epochs, optimizer: tortoise(lr: 0.1))", None),
    ("train = training(epochs: 1 epochs, batch: None)", None),
    ("columns = [fa, ta]", None),
    ("columns = [importance]", None),
    ("columns = [ft]", None),
    ("cell = mean(std) over seed", None),
    ("cell = std(mean) over seed", None),
    ("cell = avg over seed", None),
    ("caption = \"with {lr}\"", None),
    ("caption = A table.", None),
    ("import torch", None),
];

/// A study with one line in the place of the field that it sets.
fn with(line: &str) -> String {
    let mut lines: Vec<String> = "experiment e {
  data = digits
  model = small_cnn
  train = training(5 epochs, batch: 64 samples)
  forget = random(10%)
  unlearn = each [retrain, ft]
  seed = each 0..3
  measure = [ua, ra, ta]
}
table t {
  from = e
  rows = unlearn
  columns = [ua, ta]
  cell = mean ± std over seed
  caption = \"A table\"
}"
    .lines()
    .map(str::to_owned)
    .collect();
    let field = line.split_whitespace().next().unwrap().replace("mesure", "measure");
    match lines.iter().position(|l| l.trim_start().starts_with(&format!("{field} "))) {
        Some(at) => lines[at] = format!("  {line}"),
        None if field == "import" => lines.insert(0, line.to_owned()),
        None => lines.insert(11, format!("  {line}")),
    }
    lines.join("\n") + "\n"
}

#[test]
fn a_fix_changes_nothing_that_could_be_meant_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    for (mistake, wanted) in MISTAKES {
        let path = write(folder.path(), "mistake.mu", with(mistake));
        let before = mu().arg("check").arg(&path).output().unwrap();
        assert!(!before.status.success(), "`{mistake}` is no mistake");
        let output = mu().args(["check", "--fix"]).arg(&path).output().unwrap();
        let after = std::fs::read_to_string(&path).unwrap();
        let plain = |t: &str| t.split_whitespace().collect::<String>();
        assert_eq!(plain(&after), plain(&with(wanted.unwrap_or(mistake))), "{mistake}");
        assert_eq!(output.status.success(), wanted.is_some(), "{mistake}\n{}", text(&output.stderr));
    }
}

/// A model that learned, one that did not, and methods that wreck it, leave it, and work.
const UNWELL: &str = r"
method gentle(lr: real > 0) {
  start from original
  repeat 1 epochs over retain in batches of 64 samples {
    minimize ce(retain, mode: eval)
    by sgd(lr: lr, weight_decay: 0)
  }
}
method wreck { start from original step all by zero }

experiment well {
  data    = digits
  model   = small_cnn(width: 8)
  train   = training(8 epochs, batch: 32 samples, optimizer: sgd(lr: 0.05))
  forget  = by_class(3)
  unlearn = each [retrain, no_unlearning, gentle(lr: 1e-12), wreck, ft(lr: 0.01, epochs: 1 epochs)]
  seed    = each 0..1
  measure = [ua, ta]
}
experiment dead {
  data    = digits
  model   = small_cnn(width: 8)
  train   = training(1 epochs, batch: 64 samples, optimizer: sgd(lr: 1e-9))
  forget  = random(10%)
  unlearn = each [no_unlearning, ft(lr: 0.01, epochs: 1 epochs)]
  seed    = each 0..2
  measure = [ua, ta]
}
table one { from = well rows = unlearn columns = [ua, ta] }
table two { from = dead rows = unlearn columns = [ua, ta] }
";

#[test]
fn models_that_know_nothing_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "unwell.mu", UNWELL);
    let store = folder.path().join("store");
    let output = run(&path, &store, &["--format", "json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let events: Vec<serde_json::Value> =
        text(&output.stdout).lines().filter_map(|l| serde_json::from_str(l).ok()).collect();
    let warned: Vec<String> = events
        .iter()
        .filter(|e| e["event"] == "warning")
        .map(|e| format!("{}: {}", e["point"].as_str().unwrap(), e["message"].as_str().unwrap()))
        .collect();
    let about = |words: &[&str]| warned.iter().filter(|w| words.iter().all(|word| w.contains(word))).count();
    assert_eq!(
        about(&["seed=0", "the original model", "never learned", "ln(10) = 2.3026"]),
        1,
        "{warned:#?}"
    );
    assert_eq!(about(&["seed=1", "the original model", "never learned"]), 1, "{warned:#?}");
    assert_eq!(about(&["unlearn=gentle", "changed nothing measurable"]), 1, "{warned:#?}");
    assert_eq!(about(&["unlearn=wreck", "knows nothing", "of its answers are class 0"]), 1, "{warned:#?}");
    assert_eq!(warned.len(), 4, "{warned:#?}");

    let table = |format: &str| {
        let output = mu().args(["table", "--format", format]).arg(&path).arg("--store").arg(&store).output();
        text(&output.unwrap().stdout)
    };
    for format in ["text", "md", "tex", "html", "json"] {
        let said = table(format);
        let has = |words: &str| said.contains(words);
        assert!(has("changed nothing measurable") && has("knows nothing") && has("never learned"), "{said}");
        assert!(!has("unlearn=ft") && !has("no_unlearning)") && !has("unlearn=retrain"), "{said}");
    }
    let page = folder.path().join("page.html");
    let output =
        mu().arg("report").arg(&path).arg("--store").arg(&store).arg("-o").arg(&page).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains("id=\"warnings\"") && page.contains("changed nothing measurable"));

    // A set that was chosen by a model which knows nothing, although no method starts from that model.
    let to = folder.path().join("dead.safetensors");
    let mut export = mu();
    export.args(["weights", "dead[unlearn=no_unlearning,seed=0]"]).arg(&path).arg("--store").arg(&store);
    let output = export.arg("-o").arg(&to).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let chosen = "experiment chosen { data = digits model = small_cnn(width: 8) \
                  train = checkpoint(\"dead.safetensors\", retrain: training(8 epochs, batch: 32 samples, optimizer: sgd(lr: 0.05))) \
                  forget = lowest(10%, score: loss_score) unlearn = each [retrain] measure = [ua, ta] }\n\
                  table three { from = chosen rows = unlearn columns = [ua, ta] }\n";
    let path = write(folder.path(), "chosen.mu", chosen);
    let output = run(&path, &store, &[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let said = text(&mu().arg("table").arg(&path).arg("--store").arg(&store).output().unwrap().stdout);
    assert!(said.contains("the original model") && said.contains("never learned"), "{said}");
}

#[test]
fn lints_are_said_once() {
    let folder = tempfile::tempdir().unwrap();
    let study = PARTIAL.replace("CLAUSE", "  except { unlearn == ga }").replace("WHERE", "where = seed < 9");
    let path = write(folder.path(), "lint.mu", study);
    let store = folder.path().join("store");
    let said = |command: &str| {
        text(&mu().arg(command).arg(&path).arg("--store").arg(&store).output().unwrap().stderr)
            .contains("no-effect")
    };
    assert!(text(&mu().arg("check").arg(&path).output().unwrap().stderr).contains("no-effect"));
    assert_eq!(["plan", "table", "claims", "run"].map(said), [false, false, false, true]);
}
