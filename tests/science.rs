//! Methods, selections, metrics and studies, as a user has them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::harness::{mu, root, run, text, write};

const HEAD: &str = "experiment study {
  data    = digits
  model   = small_cnn(width: 4)
  train   = training(2 epochs, batch: 64 samples, optimizer: sgd(lr: 0.05))
";

/// The objects of steps of a sort, by what they belong to.
fn objects(file: &Path, store: &Path, stage: &str) -> BTreeMap<String, PathBuf> {
    let plan = mu().args(["plan", "--steps"]).arg(file).arg("--store").arg(store).output().unwrap();
    let mut found = BTreeMap::new();
    for line in text(&plan.stdout).lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [key, .., word, label] = words.as_slice() else { continue };
        if *word == stage {
            let shard = store.join("objects").join(&key[..2]);
            let object = std::fs::read_dir(shard)
                .unwrap()
                .map(|o| o.unwrap().path())
                .find(|o| o.display().to_string().contains(key));
            found.insert((*label).to_owned(), object.unwrap());
        }
    }
    found
}

fn json<T: serde::de::DeserializeOwned>(object: &Path, name: &str) -> T {
    serde_json::from_slice(&std::fs::read(object.join(name)).unwrap()).unwrap()
}

/// The whole numbers of the only file of a store that is called so.
fn only(store: &Path, name: &str) -> Vec<i64> {
    for shard in std::fs::read_dir(store.join("objects")).unwrap() {
        for object in std::fs::read_dir(shard.unwrap().path()).unwrap() {
            let file = object.unwrap().path().join(name);
            if file.is_file() {
                return read_npy(&file);
            }
        }
    }
    panic!("no {name} in the store");
}

/// Labels of the training part of the digits, by sample number.
fn labels(store: &Path) -> Vec<i64> {
    only(store, "train_labels.npy")
}

#[test]
fn selections_choose_what_they_say() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let (groups, list) = (folder.path().join("groups.csv"), folder.path().join("list.json"));
    // The digits' training part has 1 438 samples; a list may hold training samples only, so the first run tells some.
    let numbers: Vec<String> = (0..1438).map(|i| (i % 4).to_string()).collect();
    std::fs::write(&groups, numbers.join("\n")).unwrap();
    let first = format!(
        "{HEAD}  forget = each {{ any = random(25 samples) }} unlearn = ft(epochs: 1 epochs) measure = [ua] }}"
    );
    let file = write(folder.path(), "first.mu", first);
    assert!(run(&file, &store, &[]).status.success());
    let any: Vec<i64> = json(objects(&file, &store, "select").values().next().unwrap(), "forget.json");
    assert_eq!(any.len(), 25);
    std::fs::write(&list, serde_json::to_string(&any).unwrap()).unwrap();
    let study = format!(
        "{HEAD}  forget = each {{
    quota    = random(5 samples, per_class: true)
    class    = by_class(3)
    classes  = by_class([1, 2], 20%)
    list     = from_file({list:?})
    group    = by_group({groups:?}, 1)
    union    = union(by_class(3), from_file({list:?}))
    both     = both(by_class(3), from_file({list:?}))
    without  = without(by_class(3), from_file({list:?}))
    most     = complement(from_file({list:?}))
    hard     = highest(40 samples, score: loss_score)
    easy     = lowest(40 samples, score: loss_score)
    middle   = middle(40 samples, score: margin, per_class: false)
    ranks    = ranks(loss_score, from: 0%, to: 10%)
    alike    = matched(highest(40 samples, score: loss_score))
    control  = untrained(30 samples)
    classy   = worst_case(2 classes, weigh: class, rounds: 1 rounds)
    grouped  = worst_case(1 groups, weigh: group({groups:?}), rounds: 1 rounds, against: ft(epochs: 1 epochs))
    even     = worst_case(10%, per_class: true, rounds: 1 rounds)
    classes2 = worst_case@paper(2 classes, weigh: class, rounds: 1 rounds, epochs: 1 epochs)
    grouped2 = worst_case@paper(1 groups, weigh: group({groups:?}), rounds: 1 rounds, epochs: 1 epochs)
    faithful = worst_case@paper(30 samples, faithful: true, rounds: 2 rounds, epochs: 1 epochs)
  }}
  unlearn = ft(epochs: 1 epochs)
  measure = [ua]
}}"
    );
    let file = write(folder.path(), "study.mu", study);
    let ran = run(&file, &store, &[]);
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    let chosen: BTreeMap<String, Vec<i64>> = objects(&file, &store, "select")
        .into_iter()
        .filter_map(|(label, object)| {
            Some((label.strip_prefix("forget=")?.to_owned(), json(&object, "forget.json")))
        })
        .collect();
    let set = |name: &str| -> BTreeSet<i64> { chosen[name].iter().copied().collect() };
    let labels = labels(&store);
    let count =
        |name: &str, class: i64| chosen[name].iter().filter(|i| labels[**i as usize] == class).count();
    assert!((0..10).all(|c| count("quota", c) == 5));
    assert!(count("class", 3) == chosen["class"].len() && chosen["class"].len() > 100);
    assert_eq!(count("classes", 1) + count("classes", 2), chosen["classes"].len());
    assert_eq!(chosen["list"], any);
    assert!(chosen["group"].iter().all(|i| i % 4 == 1));
    let (class, list) = (set("class"), set("list"));
    assert_eq!(set("union"), class.union(&list).copied().collect());
    assert_eq!(set("both"), class.intersection(&list).copied().collect());
    assert_eq!(set("without"), class.difference(&list).copied().collect());
    assert!(set("most").is_disjoint(&list) && set("most").len() + 25 == 1293);
    assert!(set("hard").is_disjoint(&set("easy")) && chosen["middle"].len() == 40);
    assert!(set("easy").is_subset(&set("ranks")), "the lowest 40 are among the lowest tenth");
    assert!((0..10).all(|c| count("alike", c) == count("hard", c)));
    assert!(set("control").is_disjoint(&set("most")) && chosen["control"].len() == 30);
    for name in ["classy", "classes2"] {
        let of: BTreeSet<i64> = chosen[name].iter().map(|i| labels[*i as usize]).collect();
        assert_eq!(of.len(), 2, "{name}");
    }
    for name in ["grouped", "grouped2"] {
        let of: BTreeSet<i64> = chosen[name].iter().map(|i| i % 4).collect();
        assert!(of.len() == 1 && chosen[name].len() > 300, "{name}");
    }
    let of_class =
        |class| chosen["most"].iter().chain(&any).filter(|i| labels[**i as usize] == class).count();
    assert!((0..10).all(|c| count("even", c) == (of_class(c) as f64 / 10.0).round() as usize));
    assert_eq!(chosen["faithful"].len(), 30);
    // The same numbers by the command, in both forms.
    let indices = |more: &[&str]| {
        mu().args(["indices", "study[forget=classy]"])
            .arg(&file)
            .arg("--store")
            .arg(&store)
            .args(more)
            .output()
            .unwrap()
    };
    let printed: Vec<i64> = serde_json::from_slice(&indices(&[]).stdout).unwrap();
    assert_eq!(printed, chosen["classy"]);
    let npy = folder.path().join("set.npy");
    assert!(indices(&["--output", npy.to_str().unwrap()]).status.success());
    let bytes = std::fs::read(npy).unwrap();
    assert!(bytes.starts_with(b"\x93NUMPY") && bytes.ends_with(&printed.last().unwrap().to_le_bytes()));
}

/// Scores by training runs of their own, and forget sets by them.
#[test]
fn scores_are_plan_steps() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let study = format!(
        "{HEAD}  forget = each {{
    el2n     = highest(5%, score: el2n(models: 2, epochs: 1 epochs))
    grand    = highest(5%, score: grand(models: 1, epochs: 1 epochs))
    events   = highest(5%, score: forgetting_events)
    typical  = middle(5%, score: feature_distance)
    memory   = highest(5%, score: memorisation(models: 3, share: 50%))
    kept     = lowest(5%, score: consistency(models: 3, share: 50%))
  }}
  unlearn = ft(epochs: 1 epochs)
  measure = [ua]
}}"
    );
    let file = write(folder.path(), "study.mu", study);
    let plan = text(&mu().arg("plan").arg(&file).arg("--store").arg(&store).output().unwrap().stdout);
    let row = |stage: &str| {
        plan.lines().find(|l| l.starts_with(stage)).unwrap().split_whitespace().nth(1).unwrap().to_owned()
    };
    // Two early models (GraNd's is one of them) and the original; three models share both scores that leave samples out.
    assert_eq!(
        (row("train"), row("score"), row("unlearn")),
        ("3".to_owned(), "6".to_owned(), "9".to_owned()),
        "{plan}"
    );
    assert!(plan.contains("cost: 12 trainings"), "{plan}");
    let ran = run(&file, &store, &[]);
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    let sets: Vec<Vec<i64>> =
        objects(&file, &store, "select").values().map(|o| json(o, "forget.json")).collect();
    assert!(sets.iter().filter(|s| s.len() == 65).count() >= 6);
}

/// What is added to a study changes no other number: every step that was there keeps its key.
#[test]
fn additions_leave_every_other_cell_alone() {
    let folder = tempfile::tempdir().unwrap();
    let keys = |unlearn: &str, measure: &str| -> BTreeSet<String> {
        let study = format!(
            "{HEAD}  forget = each {{ random = random(10%), worst = worst_case(10%, rounds: 2 rounds) }}
  unlearn = each [{unlearn}] seed = each 0..2 measure = [{measure}] }}"
        );
        let file = write(folder.path(), "study.mu", study);
        let plan = mu().args(["plan", "--steps"]).arg(&file).output().unwrap();
        let lines = text(&plan.stdout);
        let steps = lines.lines().filter(|l| l.contains("to run"));
        steps
            .filter_map(|l| l.split_whitespace().next().map(str::to_owned))
            .filter(|k| k.len() == 12)
            .collect()
    };
    let small = keys("retrain, ft", "ua, mia");
    let large = keys(
        "retrain, ft, scrub, salun",
        "ua, mia, ra, mia(feature: entropy), ulira(shadows: 2), relearn_time",
    );
    assert!(small.len() > 20 && large.len() > 2 * small.len());
    assert!(small.is_subset(&large), "{:?}", small.difference(&large).collect::<Vec<_>>());
}

/// The README's own method: it runs, it can be a lower level, and it is explained.
#[test]
fn a_method_in_twelve_lines_has_the_same_rights() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let start = readme.find("method forget_softly").unwrap();
    let method = &readme[start..start + readme[start..].find("```").unwrap()];
    assert!(method.lines().count() <= 12, "{method}");
    let folder = tempfile::tempdir().unwrap();
    let study = format!(
        "{method}\n{HEAD}  forget = worst_case(10%, against: forget_softly(epochs: 1 epochs), rounds: 2 rounds)
  unlearn = each [retrain, forget_softly(epochs: 1 epochs)] measure = [ua, ta] }}
table main {{ from = study rows = unlearn columns = [ua, ta] cell = mean over seed }}"
    );
    let file = write(folder.path(), "study.mu", study);
    let ran = run(&file, &folder.path().join("store"), &[]);
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    assert!(text(&ran.stdout).contains("forget_softly"));
    let explained = mu().args(["explain", "method.forget_softly"]).arg(&file).output().unwrap();
    assert!(
        text(&explained.stdout).contains("minimize 0.95 · mean over retain of -log_p(label)"),
        "{}",
        text(&explained.stdout)
    );
}

#[test]
fn methods_are_explained_in_words_and_on_a_line() {
    let scrub = mu().args(["explain", "method.scrub(epochs: 4 epochs)"]).output().unwrap();
    insta::assert_snapshot!(text(&scrub.stdout), @r"
    scrub(epochs: 4 epochs) starts from the original model
      4 rounds of
        1 epoch over forget, in batches of 256, in the first 2 rounds
          minimize -16 · mean over forget of divergence(softmax(original.logits / 4), softmax(logits / 4))
          by SGD, momentum 0.9, weight decay 0.0005, learning rate 0.0005, × 0.1 after epochs 3, 5, 9
        1 epoch over retain, in batches of 256
          minimize 0.99 · mean over retain of -log_p(label)
          minimize 0.016 · mean over retain of divergence(softmax(original.logits / 4), softmax(logits / 4))
          by SGD, momentum 0.9, weight decay 0.0005, learning rate 0.0005, × 0.1 after epochs 3, 5, 9
    epochs 1 to 6
      forget  ████    ████
      retain      ████    ████████████
    ");
}

/// The paper's studies are checked and planned at full scale where their data are not.
#[test]
fn the_papers_studies_are_planned() {
    let mut planned = 0;
    for entry in std::fs::read_dir(root().join("experiments/paper")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "mu") && path.file_stem().is_some_and(|s| s != "scale") {
            let plan = mu().arg("plan").arg(&path).current_dir(root()).output().unwrap();
            assert!(plan.status.success(), "{}", text(&plan.stderr));
            assert!(text(&plan.stdout).contains("cost: "), "{}", path.display());
            planned += 1;
        }
    }
    assert_eq!(planned, 8);
}

/// A method that takes longer than the experiment allows fails with the reason; one that would spend more does not start.
#[test]
fn compute_budgets_hold() {
    let folder = tempfile::tempdir().unwrap();
    let study = |limit: &str| {
        let text = format!(
            "{HEAD}  forget = random(10%) unlearn = each [retrain, ft(epochs: 500 epochs)] measure = [ua] {limit} }}
table main {{ from = study rows = unlearn columns = [ua] cell = mean over seed }}"
        );
        write(folder.path(), "study.mu", text)
    };
    let store = folder.path().join("store");
    let refused = run(&study("limit unlearn.samples <= 20% of retrain"), &store, &[]);
    assert!(
        !refused.status.success() && text(&refused.stderr).contains("are allowed"),
        "{}",
        text(&refused.stderr)
    );
    let stopped = run(&study("limit unlearn.time <= 1 seconds"), &store, &[]);
    let said = text(&stopped.stdout);
    assert!(said.contains("over budget") && said.contains("compute budget: unlearn.time"), "{said}");
}

/// The numbers of an npy file.
fn read_npy<T: npyz::Deserialize>(path: &Path) -> Vec<T> {
    npyz::NpyFile::new(std::fs::read(path).unwrap().as_slice()).unwrap().into_vec().unwrap()
}

/// An IDX file of bytes.
fn idx(path: &Path, sizes: &[u32], bytes: &[u8]) {
    let mut file = vec![0, 0, 8, sizes.len() as u8];
    sizes.iter().for_each(|s| file.extend(s.to_be_bytes()));
    file.extend(bytes);
    std::fs::write(path, file).unwrap();
}

/// Data in the order of their classes, as folders of images are: samples that a score does not tell apart are drawn from all classes,
/// differently for each seed, and the run says how many there are.
#[test]
fn ties_are_drawn_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let (n, side, classes) = (400u32, 8u32, 4u32);
    for (part, n) in [("train", n), ("t10k", n / 4)] {
        let labels: Vec<u8> = (0..n).map(|i| (i * classes / n) as u8).collect();
        let pixel = |i: u32, at: u32| {
            u8::from(at / 16 == u32::from(labels[i as usize])) * 200 + ((i * 7 + at) % 31) as u8
        };
        let images: Vec<u8> = (0..n)
            .flat_map(|i| (0..side * side).map(move |at| (i, at)))
            .map(|(i, at)| pixel(i, at))
            .collect();
        idx(&folder.path().join(format!("{part}-images-idx3-ubyte")), &[n, side, side], &images);
        idx(&folder.path().join(format!("{part}-labels-idx1-ubyte")), &[n], &labels);
    }
    let study = format!(
        "experiment study {{ data = idx({:?}, classes: 4, canvas: 8 px, mean: 0.3, std: 0.3, validation: 0%) model = mlp(width: 16, hidden: 1)
  train = training(3 epochs, batch: 32 samples, optimizer: sgd(lr: 0.05))
  forget = each {{
    events = lowest(10%, score: forgetting_events)
    known  = highest(10%, score: consistency(models: 4))
    middle = middle(10%, score: memorisation(models: 4))
    loss   = lowest(10%, score: loss_score)
  }}
  unlearn = no_unlearning seed = each 0..2 measure = [ua] }}",
        folder.path().display().to_string()
    );
    let file = write(folder.path(), "study.mu", study);
    let store = folder.path().join("store");
    let ran = run(&file, &store, &[]);
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    let said = text(&ran.stderr);
    let plan = mu().args(["plan", "--steps"]).arg(&file).arg("--store").arg(&store).output().unwrap();
    let mut sets: BTreeMap<(String, String), Vec<i64>> = BTreeMap::new();
    for line in text(&plan.stdout).lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [key, .., "select", forget, seed] = words.as_slice() else { continue };
        let Some(forget) = forget.strip_prefix("forget=") else { continue };
        let shard = std::fs::read_dir(store.join("objects").join(&key[..2])).unwrap();
        let object =
            shard.map(|o| o.unwrap().path()).find(|o| o.display().to_string().contains(key)).unwrap();
        sets.insert((forget.to_owned(), (*seed).to_owned()), json(&object, "forget.json"));
    }
    assert_eq!(sets.len(), 8, "{}", text(&plan.stdout));
    for forget in ["events", "known", "middle"] {
        let [a, b] = ["seed=0", "seed=1"].map(|seed| &sets[&(forget.to_owned(), seed.to_owned())]);
        assert_ne!(a, b, "{forget}: seeds draw alike");
        for set in [a, b] {
            let of_classes: BTreeSet<i64> = set.iter().map(|i| i / 100).collect();
            assert!(set.len() == 40 && of_classes.len() == 4, "{forget}: classes {of_classes:?}");
        }
        let warned = said
            .lines()
            .filter(|l| l.contains(&format!("forget={forget}")) && l.contains("samples have the score"));
        assert_eq!(warned.count(), 2, "{forget}: {said}");
    }
}

/// There are ten classes, so ten rounds try them all: the class that the search finds is the best answer on its own models.
#[test]
fn the_class_found_is_the_best_answer_of_all() {
    let folder = tempfile::tempdir().unwrap();
    let study = format!(
        "{HEAD}  forget = each {{
    hardest = worst_case(1 classes, weigh: class, rounds: 10 rounds)
    easiest = worst_case(1 classes, weigh: class, rounds: 10 rounds, reverse: true)
  }}
  unlearn = each [retrain, ft] measure = [cross_entropy(forget), loss_after_retrain] }}"
    );
    let file = write(folder.path(), "study.mu", study);
    let store = folder.path().join("store");
    let ran = run(&file, &store, &[]);
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    let labels = labels(&store);
    let sets = objects(&file, &store, "select");
    for (forget, least) in [("forget=hardest", true), ("forget=easiest", false)] {
        // Each class was left out once: the objective of a round is the class's loss under the model made without it.
        let rounds: Vec<serde_json::Value> = json(&sets[forget], "rounds.json");
        let mut tried: Vec<f64> = rounds[1..].iter().map(|r| r["objective"].as_f64().unwrap()).collect();
        tried.sort_by(f64::total_cmp);
        tried.dedup();
        assert_eq!(tried.len(), 10, "{forget}: {rounds:?}");
        let set: Vec<i64> = json(&sets[forget], "forget.json");
        let classes: BTreeSet<i64> = set.iter().map(|i| labels[*i as usize]).collect();
        assert_eq!(classes.len(), 1, "{forget}");
        let trials: Vec<mu_step::artefact::Trial> = json(&sets[forget], "trials.json");
        assert_eq!(trials.len(), 10, "{forget}");
        let chosen: Vec<usize> = classes.iter().map(|class| *class as usize).collect();
        let mean = trials.iter().find(|trial| trial.units == chosen).unwrap().losses[0];
        let expected = if least { tried[0] } else { tried[9] };
        assert!((mean - expected).abs() < 1e-9, "{forget}: {mean} in {tried:?}");
    }
    // The loss after Retrain is Retrain's own cross-entropy, whatever the method.
    let output =
        mu().arg("results").arg(&file).args(["--format", "json", "--store"]).arg(&store).output().unwrap();
    let rows: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    let value = |unlearn: &str, metric: &str| {
        let row = rows.iter().find(|r| {
            r["forget"] == "hardest"
                && r["unlearn"].as_str().unwrap().starts_with(unlearn)
                && r["metric"].as_str().unwrap().starts_with(metric)
        });
        row.unwrap()["value"].as_f64().unwrap()
    };
    assert_eq!(value("ft", "loss_after_retrain"), value("retrain", "cross_entropy"));
    assert!(value("ft", "cross_entropy") < value("retrain", "cross_entropy"));
}
