//! What papers' code does every day (`suite/everyday/`), run on digits: each test asserts what would be wrong without the feature.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mu_step::artefact::Epoch;
use safetensors::SafeTensors;

use crate::harness::{mu, root, run, text, write};

/// A study of the folder that was run: its numbers, and where its models are.
struct Study {
    folder: tempfile::TempDir,
    file: PathBuf,
    rows: Vec<serde_json::Value>,
}

impl Study {
    fn of(name: &str) -> Self {
        Self::with(name, |_| {})
    }

    /// With files beside it.
    fn with(name: &str, files: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let source = root().join("tests/suite/everyday").join(name).with_extension("mu");
        files(folder.path());
        let file = write(folder.path(), "study.mu", std::fs::read(source).unwrap());
        let store = folder.path().join("store");
        let ran = run(&file, &store, &[]);
        assert!(ran.status.success(), "{}{}", text(&ran.stdout), text(&ran.stderr));
        let output =
            mu().arg("results").arg(&file).args(["--format", "json", "--store"]).arg(store).output().unwrap();
        let rows = serde_json::from_slice(&output.stdout).unwrap();
        Self { folder, file, rows }
    }

    /// A number of the point where an axis has a position.
    fn number(&self, axis: &str, at: &str, metric: &str) -> f64 {
        let is = |row: &&serde_json::Value| row["metric"] == metric && (axis.is_empty() || row[axis] == at);
        let found: Vec<_> = self.rows.iter().filter(is).collect();
        assert_eq!(found.len(), 1, "{axis} {at} {metric}: {:#?}", self.rows);
        found[0]["value"].as_f64().unwrap()
    }

    /// The folder of the only object of a stage whose label has a text.
    fn object(&self, stage: &str, label: &str) -> PathBuf {
        let store = self.folder.path().join("store");
        let plan =
            mu().args(["plan", "--steps"]).arg(&self.file).arg("--store").arg(&store).output().unwrap();
        let plan = text(&plan.stdout);
        let is = |l: &&str| l.split_whitespace().nth(2) == Some(stage) && l.ends_with(label);
        let lines: Vec<&str> = plan.lines().filter(|l| l.contains("  stored  ")).filter(is).collect();
        let [line] = lines.as_slice() else { panic!("{stage} {label}: {plan}") };
        let key = line.split_whitespace().next().unwrap();
        let shard = std::fs::read_dir(store.join("objects").join(&key[..2])).unwrap();
        let mut found = shard.map(|o| o.unwrap().path()).filter(|o| o.display().to_string().contains(key));
        found.next().unwrap()
    }

    fn log(&self, stage: &str, label: &str) -> Vec<Epoch> {
        let bytes = std::fs::read(self.object(stage, label).join("log.json")).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    /// The parameters of a model, without running statistics.
    fn weights(&self, stage: &str, label: &str) -> BTreeMap<String, Vec<f32>> {
        let bytes = std::fs::read(self.object(stage, label).join("model.safetensors")).unwrap();
        let tensors = SafeTensors::deserialize(&bytes).unwrap();
        let numbers = |bytes: &[u8]| {
            bytes.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect::<Vec<f32>>()
        };
        let own = tensors.tensors().into_iter().filter(|(name, _)| {
            !["running_mean", "running_var", "num_batches_tracked"].iter().any(|end| name.ends_with(end))
        });
        own.map(|(name, tensor)| (name, numbers(tensor.data()))).collect()
    }

    /// How far each parameter went from the original model's.
    fn moves(&self, unlearn: &str) -> Vec<f32> {
        let (before, after) =
            (self.weights("train", ""), self.weights("unlearn", &format!("unlearn={unlearn}")));
        let pairs = before.iter().flat_map(|(name, before)| before.iter().zip(&after[name]));
        pairs.map(|(before, after)| after - before).collect()
    }
}

fn norm(of: &[f32]) -> f64 {
    of.iter().map(|v| f64::from(*v) * f64::from(*v)).sum::<f64>().sqrt()
}

#[test]
fn adam_moves_every_weight_by_its_rate() {
    let study = Study::of("adam");
    let mut moves: Vec<f32> = study.moves("one_step").into_iter().map(f32::abs).collect();
    moves.sort_by(f32::total_cmp);
    // The first step is lr · g / (|g| + ε): the rate for every gradient that is much larger than 1e-8.
    assert!(moves[moves.len() / 2] > 4.9e-4, "{}", moves[moves.len() / 2]);
    assert!(moves[moves.len() - 1] < 5.01e-4, "{}", moves[moves.len() - 1]);
    // 4 rounds over the retain set, 2 over the forget set.
    let log = study.log("unlearn", "unlearn=scrub_small");
    assert_eq!(log.len(), 6);
    assert!(log.iter().all(|e| (e.lr - 5e-4).abs() < 1e-12), "{log:?}");
    let seen = |method| study.number("unlearn", method, "samples_seen");
    assert!(seen("scrub_small") > 4.0 * 1250.0);
    let (ours, before) =
        (|m| study.number("unlearn", "scrub_small", m), |m| study.number("unlearn", "no_unlearning", m));
    assert!(ours("ua") >= before("ua"), "climbing on the forget set does not teach it");
    assert!(ours("ra") > before("ra") - 10.0, "the retain set is kept");
}

#[test]
fn a_warm_up_by_steps_rises_within_its_epoch() {
    let study = Study::of("warm_up");
    for (stage, label) in [("train", ""), ("unlearn", "unlearn=retrain")] {
        let log = study.log(stage, label);
        let rates: Vec<f64> = log.iter().map(|e| e.lr).collect();
        // What each epoch begins with: nothing, the whole rate, the middle of half a cosine over the two epochs that are left.
        let expected = [0.0, 1e-3, 5e-4];
        assert!(rates.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9), "{rates:?}");
        // The head begins at zero, so that a network which does not learn stays at ln 10.
        let untaught = 10f64.ln();
        assert!(log[0].loss < untaught - 5e-3, "the rate rose within the first epoch: {log:?}");
    }
}

#[test]
fn a_recipe_warms_up_and_smooths_its_labels() {
    let study = Study::of("label_smoothing");
    let log = |recipe: &str| study.log("train", &format!("train={recipe}"));
    let rates: Vec<f64> = log("smoothed").iter().map(|e| e.lr).collect();
    assert!(rates.iter().zip([0.0, 0.025, 0.05, 0.025]).all(|(a, b)| (a - b).abs() < 1e-9), "{rates:?}");
    // No model comes below the entropy of labels of 0.91 and nine times 0.01.
    let least = -(0.91 * 0.91f64.ln() + 0.09 * 0.01f64.ln());
    assert!(log("smoothed").iter().all(|e| e.loss > least), "{least}");
    assert!(log("plain")[3].loss < least, "{:?}", log("plain"));
}

#[test]
fn clipped_steps_are_clipped() {
    let study = Study::of("clipping");
    // 129 samples in batches of 64, five times: 15 steps of 0.01 · 0.1 at most.
    assert_eq!(study.log("unlearn", "unlearn=clipped").len(), 5);
    let (clipped, free) = (norm(&study.moves("clipped")), norm(&study.moves("free")));
    assert!(clipped <= 15.0 * 1e-3 * 1.0001 && clipped > 1e-3, "{clipped}");
    assert!(free > 2.0 * clipped, "{free}");
}

#[test]
fn preference_forgets_and_does_not_run_away() {
    let study = Study::of("preference");
    let of = |method: &str, metric: &str| study.number("unlearn", method, metric);
    let (forget, retain) = ("cross_entropy(on: forget)", "cross_entropy(on: retain)");
    // The paper's formula and the library's are one.
    for metric in [forget, retain] {
        let (own, library) = (of("own_npo", metric), of("library", metric));
        assert!((own - library).abs() < 1e-3 * library, "{metric}: {own} {library}");
    }
    assert!(of("own_npo", forget) > 1.5 * of("no_unlearning", forget));
    let ascent = "ga";
    assert!(of("own_npo", "ua") > of("no_unlearning", "ua") + 10.0 && of("own_npo", "ra") > 75.0);
    assert!(of(ascent, "ra") < 30.0 && of(ascent, retain) > 10.0 * of("own_npo", retain), "ascent runs away");
}

#[test]
fn the_masked_answer_forgets_a_class_alone() {
    let study = Study::of("masked");
    let of = |method: &str, metric: &str| study.number("unlearn", method, metric);
    assert!(of("no_unlearning", "ua") < 30.0 && of("masked_answer", "ua") > 70.0);
    assert!(of("masked_answer", "ra") > of("no_unlearning", "ra") - 15.0);
}

#[test]
fn images_nearby_are_learned_with_their_wrong_answers() {
    let study = Study::of("adversarial");
    let of = |method: &str, metric: &str| study.number("unlearn", method, metric);
    let forget = "cross_entropy(on: forget)";
    // Fine-tuning on the forget set alone would know it better; what lies near it, with other answers, does the opposite.
    assert!(of("tuned", forget) < of("nothing", forget));
    assert!(of("nearby", forget) > 1.5 * of("nothing", forget));
}

#[test]
fn smoothed_answers_are_less_sure_of_the_forget_set() {
    let study = Study::of("smoothed_answers");
    let of = |method: &str, metric: &str| study.number("unlearn", method, metric);
    let gap = |method: &str| of(method, "doubt") - of(method, "doubt(on: retain)");
    assert!(
        gap("smoothed_answers") > gap("no_unlearning") + 0.1,
        "{} {}",
        gap("smoothed_answers"),
        gap("no_unlearning")
    );
    assert!(of("smoothed_answers", "ra") > of("no_unlearning", "ra") - 10.0);
}

#[test]
fn a_smooth_output_answers_noise_less() {
    let study = Study::of("lipschitz");
    let of = |method: &str, metric: &str| study.number("unlearn", method, metric);
    // The sensitivity falls with the outputs of the class that is forgotten.
    let kept = |metric: &str| of("smooth_output", metric) / of("no_unlearning", metric);
    assert!(kept("size") < 0.9 && kept("size") < kept("size(on: retain)"), "most so on the class itself");
    assert!(of("smooth_output", "ra") > of("no_unlearning", "ra") - 5.0);
    let log = study.log("unlearn", "unlearn=smooth_output");
    assert!(log[4].loss < 0.9 * log[0].loss, "{log:?}");
}

#[test]
fn mixed_images_are_harder() {
    let study = Study::of("mixup");
    let last = |name: &str| *study.log("train", &format!("train.mixup={name}")).last().unwrap();
    assert!(last("mixed").loss > 1.2 * last("none").loss, "{:?} {:?}", last("mixed"), last("none"));
    // Retrain is trained by the same recipe.
    let retrained =
        |name: &str| *study.log("unlearn", &format!("train.mixup={name} unlearn=retrain")).last().unwrap();
    assert!(retrained("mixed").loss > 1.2 * retrained("none").loss);
}

#[test]
fn the_best_epoch_is_kept_where_the_last_is_spoiled() {
    let study = Study::of("best_epoch");
    let va = |recipe: &str| study.number("train", recipe, "va");
    assert!(va("best") > va("last") + 20.0, "{} {}", va("best"), va("last"));
}

#[test]
fn a_sub_class_of_a_superclass_is_forgotten() {
    // Records of the superclass, the class and 3 × 32 × 32 bytes: vehicles 2 are rockets (69) and streetcars (81).
    let study = Study::with("superclasses", |folder| {
        let folder = folder.join("cifar/cifar-100-binary");
        std::fs::create_dir_all(&folder).unwrap();
        let part = |samples: u32| -> Vec<u8> {
            let classes = [[(0, 4), (0, 30)], [(19, 69), (19, 81)], [(18, 8), (18, 13)]];
            let record = |i: u32| {
                let (coarse, fine) = classes[i as usize % 3][i as usize / 3 % 2];
                let pixels = (0..3072).map(move |p| ((i * 7 + p * 13) % 60 + 60 * (i % 3)) as u8);
                [coarse, fine].into_iter().chain(pixels)
            };
            (0..samples).flat_map(record).collect()
        };
        std::fs::write(folder.join("train.bin"), part(240)).unwrap();
        std::fs::write(folder.join("test.bin"), part(60)).unwrap();
    });
    let chosen = study.object("select", "").join("forget.json");
    let chosen: Vec<u32> = serde_json::from_slice(&std::fs::read(chosen).unwrap()).unwrap();
    assert!(chosen.len() > 30 && chosen.iter().all(|i| i % 6 == 1), "rockets, and no streetcars: {chosen:?}");
    // All of the others train Retrain, streetcars of the same class as well.
    let seen = study.number("unlearn", "retrain", "samples_seen") / 2.0 + chosen.len() as f64;
    assert!((200.0..=240.0).contains(&seen), "{seen}");
    assert!(study.number("unlearn", "bad_teacher", "zrf") > 0.0);
}

#[test]
fn nesterov_looks_one_step_ahead() {
    let study = Study::of("nesterov");
    let (plain, ahead) = (study.moves("plain"), study.moves("ahead"));
    // The first step is lr · g with momentum alone, and lr · (g + 0.9 · g) with Nesterov's.
    let apart: Vec<f32> = plain.iter().zip(&ahead).map(|(p, a)| a - 1.9 * p).collect();
    assert!(norm(&plain) > 1e-4 && norm(&apart) < 1e-3 * norm(&ahead), "{} {}", norm(&plain), norm(&apart));
}

#[test]
fn one_request_of_several_is_measured_alone() {
    let folder_of = |folder: &Path| {
        // Sample numbers that train: the study tells which do.
        let probe =
            "mu 1\nexperiment e { data = digits model = small_cnn(width: 4) train = training(1 epochs)
  forget = random(45 samples) unlearn = no_unlearning measure = [samples_seen] }";
        let file = write(folder, "probe.mu", probe);
        let store = folder.join("store");
        assert!(run(&file, &store, &[]).status.success());
        let output = mu().args(["indices", "e"]).arg(&file).arg("--store").arg(&store).output().unwrap();
        let all: Vec<i64> = serde_json::from_slice(&output.stdout).unwrap();
        for (at, set) in all.chunks(15).enumerate() {
            write(folder, &format!("q{at}.json"), serde_json::to_string(set).unwrap());
        }
    };
    let study = Study::with("one_request", folder_of);
    let name = |at: usize| format!("accuracy(on: from_file(path: q{at}.json, counted_in: part))");
    let of = |method: &str, metric: &str| study.number("unlearn", method, metric);
    for method in ["no_unlearning", "three"] {
        let alone: Vec<f64> = (0..3).map(|at| of(method, &name(at))).collect();
        // Each is a share of 15 samples, and all of them together are the forget set.
        assert!(alone.iter().all(|a| ((a * 0.15).round() - a * 0.15).abs() < 1e-6), "{alone:?}");
        assert!((alone.iter().sum::<f64>() / 3.0 + of(method, "ua") - 100.0).abs() < 1e-6, "{alone:?}");
    }
}
