//! Requests in sequence: what is unlearned from what, beside the same done by hand.

use std::collections::BTreeSet;
use std::path::Path;

use crate::harness::{mu, run, text, write};

/// A study whose forget sets are `forget`, with more of its own.
fn study(forget: &str, unlearn: &str, measure: &str) -> String {
    format!(
        "  data = digits
  model = small_cnn(width: 4)
  train = training(2 epochs, batch: 64 samples, optimizer: sgd(lr: 0.05))
  forget = {forget}
  unlearn = each [{unlearn}]
  measure = [{measure}]
}}\n"
    )
}

fn rows(file: &Path, store: &Path) -> Vec<serde_json::Value> {
    let output =
        mu().arg("results").arg(file).args(["--format", "json", "--store"]).arg(store).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A number of an experiment, where some axes have these positions.
fn number(rows: &[serde_json::Value], experiment: &str, at: &[(&str, &str)], metric: &str) -> f64 {
    let is = |row: &&serde_json::Value| {
        row["experiment"] == experiment
            && row["metric"] == metric
            && at.iter().all(|(axis, of)| row[*axis] == *of)
    };
    let found: Vec<_> = rows.iter().filter(is).collect();
    assert_eq!(found.len(), 1, "{experiment} {at:?} {metric}: {rows:#?}");
    found[0]["value"].as_f64().unwrap()
}

/// Three lists, of which the second names two samples of the first; counted among the samples that train.
fn lists(folder: &Path) -> [usize; 3] {
    let sets: [Vec<usize>; 3] = [(0..18).collect(), (16..30).collect(), (100..118).collect()];
    for (at, set) in sets.iter().enumerate() {
        write(folder, &format!("q{at}.json"), serde_json::to_string(set).unwrap());
    }
    [18, 12, 18]
}

fn list(at: usize) -> String {
    format!("from_file(\"q{at}.json\", counted_in: training)")
}

#[test]
fn each_request_is_unlearned_from_the_result_of_the_one_before() {
    let folder = tempfile::tempdir().unwrap();
    let (folder, store) = (folder.path(), folder.path().join("store"));
    let own = lists(folder);
    let known = |at: usize| format!("mean({}, -log_p(label))", list(at));
    let metrics: String = (0..3).map(|at| format!("metric known{at}: real = {}\n", known(at))).collect();
    let measure = "ua, ra, samples_seen, accuracy(request(1)), known0, known1, known2";
    let methods =
        "retrain, ft(epochs: 2 epochs, batch: 64 samples), ga(lr: 1e-3, epochs: 1 epochs, batch: 8 samples)";
    let sequence = format!("requests([{}, {}, {}])", list(0), list(1), list(2));
    let source = format!(
        "mu 1\n{metrics}experiment in_turn {{\n{}experiment at_once {{\n{}",
        study(&sequence, methods, measure),
        study(&format!("union({}, {})", list(0), list(1)), "retrain", "ua, ra, known0, known2"),
    );
    let file = write(folder, "requests.mu", source);
    let ran = run(&file, &store, &[]);
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    let rows = rows(&file, &store);
    let at = |request: usize, method: &'static str, metric: &str| {
        number(&rows, "in_turn", &[("request", &request.to_string()), ("unlearn", method)], metric)
    };
    // 1 438 samples, of which a tenth of each class validates.
    let training = at(1, "retrain", "samples_seen") / 2.0 + 18.0;
    assert!((1280.0..1310.0).contains(&training), "{training}");
    let mut gone = 0;
    for request in 1..=3 {
        let left = training - (gone + own[request - 1]) as f64;
        assert_eq!(at(request, "retrain", "samples_seen"), 2.0 * left);
        assert_eq!(at(request, "ft", "samples_seen"), 2.0 * left, "what was asked for is in no set any more");
        assert_eq!(
            at(request, "ga", "samples_seen"),
            own[request - 1] as f64,
            "each sample is forgotten once"
        );
        gone += own[request - 1];
    }
    // Retrain is without all that was asked for so far, as where it is asked for at once.
    for metric in ["ua", "ra", "known0", "known2"] {
        assert_eq!(at(2, "retrain", metric), number(&rows, "at_once", &[], metric), "{metric}");
    }
    // What was asked for first is measured on its own, and later requests move it on.
    let first = |request, method| at(request, method, "accuracy(on: request(number: 1))");
    assert!((at(1, "ft", "ua") + first(1, "ft") - 100.0).abs() < 1e-9);
    assert!((1..3).all(|request| at(request, "ga", "known0") != at(request + 1, "ga", "known0")));
    assert!(at(1, "ga", "known0") > at(1, "ft", "known0"), "gradient ascent");

    let explained = mu().args(["explain", "in_turn[request=2, unlearn=ft]"]).arg(&file).output().unwrap();
    let words = "request 2 of 3: the original is the model that this method made for request 1;";
    assert!(text(&explained.stdout).contains(words), "{}", text(&explained.stdout));
    by_hand(folder, &store, &file, &|metric| at(2, "ga", metric));
    one_more_request_needs_its_own_steps_only(folder, &store, &sequence);
}

/// The second request by hand: the model after the first is a checkpoint, from which what only the second asked for is unlearned.
fn by_hand(folder: &Path, store: &Path, file: &Path, second: &dyn Fn(&str) -> f64) {
    let weights = folder.join("first.safetensors");
    let written = mu()
        .args(["weights", "in_turn[request=1, unlearn=ga]"])
        .arg(file)
        .arg("-o")
        .arg(&weights)
        .arg("--store")
        .arg(store)
        .output()
        .unwrap();
    assert!(written.status.success(), "{}", text(&written.stderr));
    let metrics: String =
        (0..3).map(|at| format!("metric known{at}: real = mean({}, -log_p(label))\n", list(at))).collect();
    let source = format!(
        "mu 1\n{metrics}experiment hand {{
  data = digits
  model = small_cnn(width: 4)
  train = checkpoint(\"first.safetensors\", retrain: training(2 epochs), unseen: validation)
  forget = without({}, {})
  unlearn = ga(lr: 1e-3, epochs: 1 epochs, batch: 8 samples)
  measure = [known0, known1, known2]
}}\n",
        list(1),
        list(0)
    );
    let file = write(folder, "hand.mu", source);
    let ran = run(&file, store, &[]);
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    let rows = rows(&file, store);
    for metric in ["known0", "known1", "known2"] {
        assert_eq!(number(&rows, "hand", &[], metric), second(metric), "{metric}");
    }
}

/// What earlier requests made is in the store.
fn one_more_request_needs_its_own_steps_only(folder: &Path, store: &Path, sequence: &str) {
    let more = sequence.replace("])", ", random(10 samples)])");
    let source = format!(
        "mu 1\nexperiment in_turn {{\n{}",
        study(&more, "ga(lr: 1e-3, epochs: 1 epochs, batch: 8 samples)", "samples_seen")
    );
    let file = write(folder, "more.mu", source);
    let plan = mu().args(["plan", "--steps"]).arg(&file).arg("--store").arg(store).output().unwrap();
    let plan = text(&plan.stdout);
    let to_run: Vec<&str> = plan.lines().filter(|l| l.contains("to run   ")).collect();
    assert!(to_run.iter().all(|l| l.contains("request=4")), "{plan}");
    assert_eq!(to_run.len(), 3, "what it asks for, the model, its cost: {plan}");
    let ran = run(&file, store, &[]);
    assert!(text(&ran.stderr).contains("3 steps ran"), "{}", text(&ran.stderr));
    assert_eq!(number(&rows(&file, store), "in_turn", &[("request", "4")], "samples_seen"), 10.0);
}

/// Draws are of what is left, and new ones; a share counts all training samples.
#[test]
fn draws_of_a_sequence_have_no_sample_in_common() {
    let folder = tempfile::tempdir().unwrap();
    let (folder, store) = (folder.path(), folder.path().join("store"));
    let sets = "requests([random(10%), by_class(3, budget: 30%), highest(5%, score: loss_score)], times: 2)";
    let source = format!("mu 1\nexperiment e {{\n{}", study(sets, "no_unlearning", "ua, samples_seen"));
    let file = write(folder, "e.mu", source);
    let ran = run(&file, &store, &[]);
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    let mut all: Vec<BTreeSet<i64>> = Vec::new();
    for request in 1..=6 {
        let output = mu()
            .args(["indices", &format!("e[request={request}]")])
            .arg(&file)
            .arg("--store")
            .arg(&store)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        all.push(serde_json::from_slice(&output.stdout).unwrap());
    }
    let sizes: Vec<usize> = all.iter().map(BTreeSet::len).collect();
    assert!(all.windows(2).all(|w| w[0].is_subset(&w[1])), "{sizes:?}");
    let own: Vec<usize> = std::iter::once(sizes[0]).chain(sizes.windows(2).map(|w| w[1] - w[0])).collect();
    assert_eq!((own[0], own[1], own[2]), (own[3], own[4], own[5]), "shares count what is gone as well");
    assert_eq!(own[0], 129);
}

/// Nobody is asked for twice: a request of which nothing is left fails, and what follows it waits.
#[test]
fn a_request_for_nothing_new_fails_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let (folder, store) = (folder.path(), folder.path().join("store"));
    lists(folder);
    let sets = format!("requests([{}, {}])", list(0), list(0));
    let file =
        write(folder, "e.mu", format!("mu 1\nexperiment e {{\n{}", study(&sets, "no_unlearning", "ua")));
    let ran = run(&file, &store, &[]);
    assert_eq!(ran.status.code(), Some(2), "{}", text(&ran.stderr));
    assert!(
        text(&ran.stderr).contains("this request asks for nothing that the requests before it left"),
        "{}",
        text(&ran.stderr)
    );
    let rows = rows(&file, &store);
    let well: Vec<&str> =
        rows.iter().filter(|r| r["status"] == "ok").filter_map(|r| r["request"].as_str()).collect();
    assert_eq!(well, ["1"], "the first request has its number");
}
