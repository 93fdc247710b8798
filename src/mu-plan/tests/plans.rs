//! Plans of small programs, counted by hand.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::PathBuf;

use mu_check::{Files, Program};
use mu_diag::Problem;
use mu_diag::{Code, Diagnostic, Severity};
use mu_plan::{DataFacts, Known, Part, Plan, open_modules, plan, render};
use mu_step::{
    Facts, LayerGraph, ListOf, Module, ModuleTensor, Raised, SourceKind, StepKey, StepSpec, View, Wanted,
};

struct NoFiles;

impl Files for NoFiles {
    fn read(&self, path: &str) -> Result<String, String> {
        Err(path.to_owned())
    }
    fn join(&self, _: &str, spec: &str) -> String {
        spec.to_owned()
    }
}

/// A disk with so many samples, where every file is there, and its digest is made of its name.
struct Disk {
    facts: Facts,
    /// What is said of every checkpoint.
    notes: Vec<String>,
    module: Module,
}

impl Disk {
    fn of(train: usize, test: Option<usize>) -> Self {
        let module = Module { tensors: Vec::new(), fixed: Vec::new() };
        Self { facts: Facts::of(train, test), notes: Vec::new(), module }
    }
}

impl DataFacts for Disk {
    fn facts(&self, _: &SourceKind, _: Option<&str>) -> Result<Facts, Problem> {
        Ok(self.facts.clone())
    }
    fn place(&self, path: &str) -> PathBuf {
        PathBuf::from("/at").join(path)
    }
    fn list(&self, path: &str, of: ListOf) -> Result<String, Problem> {
        Ok(format!("{path} of {of:?}"))
    }
    fn module(&self, path: &str) -> Result<(String, Module), Problem> {
        Ok((format!("module {path}"), self.module.clone()))
    }
    fn program(&self, path: &str, _: bool) -> Result<String, Problem> {
        Ok(format!("program {path}"))
    }
    fn checkpoint(
        &self,
        path: &str,
        _: Wanted<'_>,
        _: &LayerGraph,
        _: &View,
    ) -> Result<(String, Vec<String>), Problem> {
        Ok((format!("weights {path}"), self.notes.clone()))
    }
}

fn program(text: &str) -> Program {
    let checked = mu_check::check(&NoFiles, "e.mu", text);
    assert!(!checked.has_errors(), "{text}\n{:?}", checked.diagnostics);
    checked.program
}

/// An experiment with some fields in the place of the usual ones, and clauses.
fn experiment(fields: &[(&str, &str)], clauses: &str) -> String {
    let usual = [
        ("data", "digits"),
        ("model", "small_cnn"),
        ("train", "training(2 epochs)"),
        ("forget", "random(10%)"),
        ("unlearn", "each [retrain, ft]"),
        ("seed", "each 0..3"),
        ("measure", "[ua]"),
    ];
    let mut text = "experiment e {\n".to_owned();
    for (name, value) in usual {
        let value = fields.iter().find(|(n, _)| *n == name).map_or(value, |(_, v)| *v);
        text.push_str(&format!("  {name} = {value}\n"));
    }
    format!("{text}{clauses}}}\n")
}

fn planned(text: &str) -> (Program, Plan, Vec<Diagnostic>) {
    let program = program(text);
    let (plan, found) = plan(&program, &Disk::of(1000, None), &|_| Known::Missing);
    (program, plan, found)
}

/// How many steps there are of each kind.
fn counts(text: &str) -> BTreeMap<&'static str, usize> {
    let (_, plan, found) = planned(text);
    assert!(found.iter().all(|d| d.severity == Severity::Warning), "{found:?}");
    let mut counts = BTreeMap::new();
    for (_, step) in plan.graph.iter() {
        *counts.entry(step.spec.word()).or_default() += 1;
    }
    counts
}

fn assert_counts(text: &str, expected: &[(&'static str, usize)]) {
    assert_eq!(counts(text), expected.iter().copied().collect(), "{text}");
}

/// Three seeds: one original and one forget set each, of two methods a model, its outputs and a number each.
#[test]
fn what_points_share_is_made_once() {
    assert_counts(
        &experiment(&[], ""),
        &[
            ("data", 1),
            ("split", 1),
            ("train", 3),
            ("select", 3),
            ("unlearn", 6),
            ("infer", 6),
            ("measure", 6),
        ],
    );
    // Retrain alone needs no original model.
    assert_counts(
        &experiment(&[("unlearn", "each [retrain]")], ""),
        &[("data", 1), ("split", 1), ("select", 3), ("unlearn", 3), ("infer", 3), ("measure", 3)],
    );
    // Two forget sets share the originals; two metrics share the outputs.
    assert_counts(
        &experiment(&[("forget", "each { a = random(5%), b = random(10%) }"), ("measure", "[ua, ra]")], ""),
        &[
            ("data", 1),
            ("split", 1),
            ("train", 3),
            ("select", 6),
            ("unlearn", 12),
            ("infer", 12),
            ("measure", 24),
        ],
    );
    // A set drawn at random depends on no model; a ranked one does.
    assert_counts(
        &experiment(
            &[("model", "each { a = small_cnn(width: 4), b = small_cnn(width: 8) }"), ("seed", "0")],
            "",
        ),
        &[
            ("data", 1),
            ("split", 1),
            ("train", 2),
            ("select", 1),
            ("unlearn", 4),
            ("infer", 4),
            ("measure", 4),
        ],
    );
}

/// A round: a set, a model without it, its outputs; before them the outputs of the original, after them the last set.
#[test]
fn a_worst_case_is_planned_round_by_round() {
    assert_counts(
        &experiment(
            &[("forget", "worst_case(10%, rounds: 2 rounds)"), ("seed", "0"), ("unlearn", "each [retrain]")],
            "",
        ),
        &[
            ("data", 1),
            ("split", 1),
            ("train", 1),
            ("select", 3),
            ("unlearn", 3),
            ("infer", 4),
            ("measure", 1),
        ],
    );
    let (_, plan, _) = planned(&experiment(
        &[("forget", "worst_case(10%, rounds: 2 rounds)"), ("seed", "0"), ("unlearn", "each [retrain]")],
        "",
    ));
    let rounds: Vec<usize> = plan
        .graph
        .keys()
        .filter_map(|k| match plan.requested_by(k)?.part {
            Part::Round(n) => Some(n),
            _ => None,
        })
        .collect();
    assert_eq!(rounds, [1, 1, 1, 2, 2, 2]);
}

#[test]
fn a_metric_that_compares_plans_what_it_compares_with() {
    let text = experiment(&[("measure", "[avg_gap]"), ("unlearn", "each [retrain, ft]"), ("seed", "0")], "");
    let (program, plan, _) = planned(&text);
    let targets = &plan.targets[0];
    assert_eq!(targets.measured.len(), 4, "ua, mia, ra, ta");
    assert_eq!((targets.keys.len(), targets.points.len()), (2, 2));
    let experiment = &program.experiments[0];
    let ft = experiment.point(1);
    let keys = plan.keys_of(&program, 0, &[ft]);
    assert_eq!(keys.len(), 8, "its own four numbers and Retrain's");
    assert_eq!(keys.iter().collect::<HashSet<_>>().len(), 8);
    let first = targets.key(1, &targets.measured[0]).unwrap();
    assert_eq!(first, targets.keys[&1][0]);
    assert_eq!(targets.key(7, &targets.measured[0]), None);
    assert!(plan.keys_of(&program, 3, &[ft]).is_empty(), "there is no such experiment");
}

#[test]
fn every_point_says_what_it_made() {
    let (program, plan, _) = planned(&experiment(&[("seed", "0")], ""));
    let made: Vec<_> = plan.made(&program).collect();
    assert_eq!(made.iter().map(|(e, ..)| *e).collect::<Vec<_>>(), [0, 0]);
    for (_, point, made) in &made {
        let word = |key: StepKey| plan.graph.get(key).unwrap().spec.word();
        assert_eq!((word(made.forget), word(made.model), word(made.infer)), ("select", "unlearn", "infer"));
        let retrain = point.unlearn == 0;
        assert_eq!(made.original.map(word), (!retrain).then_some("train"), "Retrain reads no original");
    }
    assert_eq!(made[0].2.forget, made[1].2.forget);
    assert_ne!(made[0].2.model, made[1].2.model);
}

#[test]
fn what_is_there_need_not_run() {
    let (_, plan, _) = planned(&experiment(&[("seed", "0")], ""));
    let all = plan.missing(&|_| false);
    assert_eq!(all.len(), plan.graph.len());
    let measured: HashSet<StepKey> = plan.target_keys().collect();
    assert!(plan.missing(&|k| measured.contains(&k)).is_empty(), "numbers that are there need nothing");
    let one = *measured.iter().next().unwrap();
    let rest = plan.missing(&|k| k != one);
    assert_eq!(rest, [one], "what it reads is there");
    assert!(!plan.is_partial());
}

#[test]
fn who_asked_for_a_step_is_said_by_the_fields_that_it_depends_on() {
    let (program, plan, _) =
        planned(&experiment(&[("forget", "each { a = random(5%), b = random(10%) }")], ""));
    let mut labels: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (key, step) in plan.graph.iter() {
        labels.entry(step.spec.word()).or_default().push(plan.label(&program, key));
    }
    assert_eq!(labels["data"], [""]);
    assert_eq!(labels["train"], ["seed=0", "seed=1", "seed=2"]);
    assert_eq!(labels["select"][..2], ["forget=a seed=0", "forget=a seed=1"]);
    assert!(labels["unlearn"].contains(&"forget=b unlearn=ft seed=2".to_owned()), "{:?}", labels["unlearn"]);
    let source = |key| plan.requested_by(key).unwrap().span(&program).unwrap();
    let of = |word: &str| plan.graph.iter().find(|(_, s)| s.spec.word() == word).unwrap().0;
    let text = experiment(&[("forget", "each { a = random(5%), b = random(10%) }")], "");
    let at = |word: &str| {
        let span = source(of(word));
        text[span.start as usize..span.end as usize].to_owned()
    };
    assert_eq!(
        (at("data"), at("train"), at("select")),
        (
            "digits".to_owned(),
            "training(2 epochs)".to_owned(),
            "each { a = random(5%), b = random(10%) }".to_owned()
        )
    );
    assert_eq!(at("unlearn"), "each [retrain, ft]");
}

fn messages(fields: &[(&str, &str)], clauses: &str, facts: &Disk) -> Vec<String> {
    let (_, found) = plan(&program(&experiment(fields, clauses)), facts, &|_| Known::Missing);
    found.into_iter().map(|d| d.message).collect()
}

/// Of 1000 samples a fifth is held out as a test part, since there is none, and a tenth of the rest validates.
#[test]
fn budgets_are_compared_with_what_there_is() {
    let disk = Disk::of(1000, None);
    let of = |forget: &str| messages(&[("forget", forget), ("data", "digits(validation: 10%)")], "", &disk);
    let training = {
        let said = of("random(1000000 samples)");
        assert_eq!(said, ["a forget set of 1000000 samples leaves nothing to retain"]);
        let (_, found) = plan(
            &program(&experiment(
                &[("forget", "random(1000000 samples)"), ("data", "digits(validation: 10%)")],
                "",
            )),
            &disk,
            &|_| Known::Missing,
        );
        assert_eq!(found[0].code, Code::Budget);
        let label = found[0].label.clone();
        label.split_whitespace().find_map(|w| w.parse::<usize>().ok()).unwrap()
    };
    assert!(of(&format!("random({} samples)", training - 1)).is_empty());
    assert_eq!(of(&format!("random({training} samples)")).len(), 1);
    assert_eq!(
        of("random(0.01%)"),
        [format!("this budget is less than one of about {training} training samples")]
    );
    assert!(of("random(1%)").is_empty());
}

#[test]
fn what_is_not_read_of_a_data_set_is_a_warning() {
    let mut disk = Disk::of(1000, None);
    disk.facts.left_out = vec!["3 files are no images".to_owned(), "1 link".to_owned()];
    let (_, found) = plan(&program(&experiment(&[], "")), &disk, &|_| Known::Missing);
    assert_eq!(
        (found.len(), found[0].severity, found[0].message.as_str()),
        (1, Severity::Warning, "3 files are no images")
    );
    assert!(found[0].help.as_deref().unwrap().starts_with("1 link\nmove them away"));
}

#[test]
fn limits_are_held_against_what_methods_spend() {
    let disk = Disk::of(1000, None);
    let of =
        |limit: &str, unlearn: &str| messages(&[("unlearn", unlearn)], &format!("  limit {limit}\n"), &disk);
    let methods = "each [retrain, ft(epochs: 5 epochs), ga(epochs: 3 epochs)]";
    assert!(of("unlearn.epochs <= 10 epochs", methods).is_empty());
    // Two epochs more than a limit are within what counting to a sample leaves open; Retrain is never limited.
    assert!(of("unlearn.epochs <= 3 epochs", methods).is_empty());
    let said = of("unlearn.epochs <= 2 epochs", methods);
    assert!(said.len() == 1 && said[0].ends_with(" spends 5 where 2 are allowed"), "{said:?}");
    // Each method once, though it stands at three seeds.
    let said = of("unlearn.epochs <= 0.5 epochs", methods);
    assert_eq!(said.len(), 2, "{said:?}");
    // A share of what Retrain spends: two epochs.
    let said = of("unlearn.samples <= 10% of retrain", methods);
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(of("unlearn.samples <= 300% of retrain", methods).is_empty());
    // Minutes are known while it runs only; they are in the steps.
    let text = experiment(
        &[("unlearn", "each [retrain, ft]")],
        "  limit unlearn.time <= 2 minutes\n  limit unlearn.time <= 30 seconds\n",
    );
    let (_, plan, found) = planned(&text);
    assert!(found.is_empty());
    let seconds: HashSet<Option<u64>> = plan
        .graph
        .iter()
        .filter_map(|(_, s)| match &s.spec {
            StepSpec::Unlearn(u) => Some(u.most_seconds.map(|s| s as u64)),
            _ => None,
        })
        .collect();
    assert_eq!(seconds, HashSet::from([None, Some(30)]), "the smaller one, and none of Retrain");
}

/// Numbers of candidates by their place: what is planned next is the grid with the best ones.
fn tuned(direction: &str, known: &dyn Fn(&str, usize) -> Known) -> (Program, Plan) {
    let clauses = format!(
        "  tune unlearn.lr over [0.1, 0.2, 0.3] {{\n    on = seed == 0\n    {direction} = va\n  }}\n"
    );
    let program = program(&experiment(&[("unlearn", "each [retrain, ft, ga]")], &clauses));
    let disk = Disk::of(1000, None);
    let experiment = &program.experiments[0];
    let mut plan = mu_plan::plan(&program, &disk, &|_| Known::Missing).0;
    assert!(plan.is_partial());
    let mut given: BTreeMap<StepKey, Known> = BTreeMap::new();
    let (method, lr) = (experiment.axis("unlearn").unwrap(), experiment.axis("unlearn.lr").unwrap());
    for (combination, keys) in &plan.targets[0].keys {
        let p = experiment.point(*combination);
        let Some(candidate) = experiment.position(p, lr) else { continue };
        let name = &experiment.axes[method].labels[experiment.position(p, method).unwrap()];
        given.extend(keys.iter().map(|key| (*key, known(name, candidate))));
    }
    plan = mu_plan::plan(&program, &disk, &|key| given.get(&key).copied().unwrap_or(Known::Missing)).0;
    (program, plan)
}

/// The learning rates of the points that are reported, by method.
fn chosen((program, plan): &(Program, Plan)) -> BTreeMap<String, Vec<String>> {
    let e = &program.experiments[0];
    let (method, lr) = (e.axis("unlearn").unwrap(), e.axis("unlearn.lr").unwrap());
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for p in &plan.targets[0].points {
        let label = |axis: usize| e.position(*p, axis).map(|at| e.axes[axis].labels[at].clone());
        found.entry(label(method).unwrap()).or_default().push(label(lr).unwrap_or_default());
    }
    found
}

#[test]
fn the_best_candidate_of_each_method_is_chosen() {
    let scores = |method: &str, at: usize| {
        Known::Value(if method == "ft" { [3.0, 1.0, 2.0][at] } else { [5.0, 7.0, 6.0][at] })
    };
    let three = |lr: &str| vec![lr.to_owned(); 3];
    let least = chosen(&tuned("minimize", &scores));
    assert_eq!((&least["ft"], &least["ga"], &least["retrain"]), (&three("0.2"), &three("0.1"), &three("")));
    let most = chosen(&tuned("maximize", &scores));
    assert_eq!((&most["ft"], &most["ga"]), (&three("0.1"), &three("0.2")));
    // Of equal ones the first.
    let same = chosen(&tuned("minimize", &|_, _| Known::Value(1.0)));
    assert_eq!((&same["ft"], &same["ga"]), (&three("0.1"), &three("0.1")));
}

#[test]
fn a_candidate_that_failed_is_not_chosen_and_one_that_is_missing_is_waited_for() {
    let failed =
        tuned("minimize", &|_, at| if at == 1 { Known::Failed } else { Known::Value([3.0, 0.0, 2.0][at]) });
    assert_eq!(chosen(&failed)["ft"], ["0.3", "0.3", "0.3"]);
    assert!(!failed.1.is_partial());
    let missing = tuned("minimize", &|method, at| match (method, at) {
        ("ga", 2) => Known::Missing,
        _ => Known::Value(at as f64),
    });
    assert_eq!(chosen(&missing)["ft"], ["0.1", "0.1", "0.1"]);
    assert!(!chosen(&missing).contains_key("ga") && missing.1.is_partial());
    let undecided = &missing.1.targets[0].undecided;
    assert_eq!(undecided.len(), 1);
    assert_eq!((undecided[0].group.as_str(), undecided[0].missing, undecided[0].failed), ("ga", 1, 0));
    let all = tuned("minimize", &|_, _| Known::Failed);
    assert!(!all.1.is_partial(), "nothing is left to wait for");
    assert_eq!(
        all.1.targets[0].undecided.iter().map(|u| (u.missing, u.failed)).collect::<Vec<_>>(),
        [(0, 3), (0, 3)]
    );
    let said = render(&all.0, &all.1, &|_| false, None);
    assert!(said.contains("unlearn.lr of ft: no candidate could be run"), "{said}");
    let said = render(&missing.0, &missing.1, &|_| false, None);
    assert!(said.contains("unlearn.lr of ga: to be tuned first"), "{said}");
    assert!(said.contains("unlearn.lr") && said.contains("(tuned)"), "{said}");
}

#[test]
fn a_plan_is_shown_with_what_is_there_and_what_will_run() {
    let (program, plan, _) =
        planned(&experiment(&[("seed", "each 0..14")], "  limit unlearn.epochs <= 50 epochs\n"));
    let trained: HashSet<StepKey> =
        plan.graph.iter().filter(|(_, s)| s.spec.word() == "train").map(|(k, _)| k).collect();
    let one: HashSet<StepKey> = trained.iter().take(4).copied().collect();
    let said = render(&program, &plan, &|k| one.contains(&k), Some(&|_| "some work".to_owned()));
    let lines: Vec<Vec<&str>> = said.lines().map(|l| l.split_whitespace().collect()).collect();
    let line =
        |words: &str| assert!(lines.contains(&words.split_whitespace().collect()), "no `{words}` in\n{said}");
    line("experiment e");
    line("unlearn 2 retrain, ft");
    line("seed 14 0, 1, …, 13");
    line("points 28");
    line("limit unlearn.epochs ≤ 50 epochs");
    line("stage steps in store to run");
    line("train 14 4 10");
    line("select 14 0 14");
    line("unlearn 28 0 28");
    line("in all 114 4 110");
    assert!(!said.contains("module"), "stages without a step are not shown");
    assert!(said.contains("cost: 38 trainings, about "), "{said}");
    assert!(said.contains("42 trainings serve all points; a script per point would run 42"), "{said}");
    let stored = said.lines().filter(|l| l.contains(" stored ") && l.contains(" train ")).count();
    assert_eq!(stored, 4);
    assert_eq!(said.lines().filter(|l| l.ends_with("some work")).count(), 110);
    // With every number there nothing is needed.
    let measured: HashSet<StepKey> = plan.target_keys().collect();
    let said = render(&program, &plan, &|k| measured.contains(&k), Some(&|_| "some work".to_owned()));
    assert!(
        said.contains(" not needed ") && !said.contains("some work") && !said.contains("cost:"),
        "{said}"
    );
}

/// Multiplications: a backward pass counts as two forward passes.
#[test]
fn what_a_training_costs_grows_with_its_epochs_and_samples() {
    let flops = |train: &str, samples: usize| {
        let program = program(&experiment(&[("train", train), ("seed", "0")], ""));
        let (plan, _) = plan(&program, &Disk::of(samples, None), &|_| Known::Missing);
        let graph = program.experiments[0].model[0].value[0].clone();
        let of = |word: &str| plan.graph.iter().find(|(_, s)| s.spec.word() == word).unwrap().1.flops;
        (of("train") / graph.flops(), of("infer") / graph.flops())
    };
    let (one, all) = flops("training(1 epochs)", 1000);
    let training = one / 3.0;
    assert!(
        (training - training.round()).abs() < 1e-6 && training > 500.0 && training < 1000.0,
        "{training}"
    );
    assert!((all - 1000.0).abs() < 1e-6, "every sample is looked at once: {all}");
    assert!((flops("training(4 epochs)", 1000).0 - 4.0 * one).abs() < 1e-6);
    assert!((flops("training(1 epochs)", 2000).0 - 2.0 * one).abs() < 10.0);
}

#[test]
fn files_are_in_the_steps_by_digest_and_beside_them_by_place() {
    let text = experiment(
        &[
            ("forget", "each { a = from_file(\"a.txt\"), b = by_group(\"g.csv\", 1) }"),
            ("train", "checkpoint(\"w.pth\", retrain: training(1 epochs))"),
            ("seed", "0"),
        ],
        "",
    );
    let (_, plan, found) = planned(&text);
    assert!(found.iter().all(|d| d.severity == Severity::Warning), "{found:?}");
    let roots: Vec<(String, Option<PathBuf>)> = plan
        .graph
        .iter()
        .filter(|(_, s)| matches!(s.spec.word(), "select" | "load"))
        .map(|(_, s)| (serde_json::to_string(&s.spec).unwrap(), s.root.clone()))
        .collect();
    assert_eq!(roots.len(), 3);
    for (digest, path) in
        [("a.txt of Samples", "/at/a.txt"), ("g.csv of Groups", "/at/g.csv"), ("weights w.pth", "/at/w.pth")]
    {
        let found = roots
            .iter()
            .find(|(json, _)| json.contains(digest))
            .unwrap_or_else(|| panic!("no {digest} in {roots:?}"));
        assert_eq!(found.1, Some(PathBuf::from(path)));
    }
    let mut disk = Disk::of(1000, None);
    disk.notes = vec!["two names were matched".to_owned()];
    let (_, found) = mu_plan::plan(&program(&text), &disk, &|_| Known::Missing);
    let notes: Vec<&str> =
        found.iter().map(|d| d.message.as_str()).filter(|m| m.contains("matched")).collect();
    assert_eq!(notes, ["w.pth: two names were matched"], "once");
}

#[test]
fn a_module_that_cannot_be_trained_is_an_error() {
    let text = experiment(&[("model", "module"), ("seed", "0")], "")
        + "\nmodel module() { script: torchscript(\"m.pt\", features: 10) }\n";
    let tensor = |trainable| ModuleTensor {
        name: "fc.weight".to_owned(),
        aliases: Vec::new(),
        shape: vec![10, 64],
        real: true,
        trainable,
        of: None,
    };
    let opened = |module: Module| {
        let disk = Disk { module, ..Disk::of(1000, None) };
        let mut program = program(&text);
        let found = open_modules(&mut program, &disk);
        let (plan, _) = plan(&program, &disk, &|_| Known::Missing);
        let modules = plan.graph.iter().filter(|(_, s)| s.spec.word() == "module").count();
        (found.into_iter().map(|d| (d.severity, d.message)).collect::<Vec<_>>(), modules)
    };
    assert_eq!(opened(Module { tensors: vec![tensor(true)], fixed: Vec::new() }), (Vec::new(), 1));
    let (said, _) = opened(Module { tensors: vec![tensor(false)], fixed: Vec::new() });
    assert_eq!(said, [(Severity::Error, "m.pt has no parameters that can be trained".to_owned())]);
    let (said, _) = opened(Module { tensors: vec![tensor(true)], fixed: vec!["drop".to_owned()] });
    assert!(
        said[0].0 == Severity::Warning
            && said[0].1.contains("m.pt was traced")
            && said[0].1.contains("`drop`"),
        "{said:?}"
    );
}

/// A primitive that computes something else gives other keys to the steps that use it, and to no others.
#[test]
fn the_version_of_a_primitive_changes_keys_of_steps_that_use_it() {
    let plain = "training(2 epochs, optimizer: adam(lr: 1e-3))";
    let fields = [
        ("train", plain),
        ("forget", "each { a = random(5%), b = highest(5%, loss_score), c = by_group(\"g.npy\", 1) }"),
        ("unlearn", "each [retrain, ft, ssd]"),
    ];
    let (_, plan, found) = planned(&experiment(&fields, ""));
    assert!(found.iter().all(|d| d.severity == Severity::Warning), "{found:?}");
    // A field and a word of a step's JSON, and how many kinds of steps have it.
    let cases = [
        (("rule", "adam"), vec!["train", "unlearn"]),
        (("by", "dampen"), vec!["unlearn"]),
        (("selection", "ranked"), vec!["select"]),
        (("of", "file"), vec!["select"]),
        (("layer", "batch_norm"), vec!["infer", "train", "unlearn"]),
        (("kernel", "accuracy"), vec!["measure"]),
        (("source", "digits"), vec!["data"]),
        (("rule", "lion"), vec![]),
    ];
    for ((field, word), kinds) in cases {
        let raised = [Raised { field, word, version: 2 }];
        let uses = |json: &serde_json::Value| uses(json, field, word);
        let mut changed = BTreeSet::new();
        for (key, step) in plan.graph.iter() {
            let used = uses(&serde_json::to_value(&step.spec).unwrap());
            assert_eq!(step.spec.key_with(&raised) != key, used, "{field} {word} in {:?}", step.spec);
            changed.extend(used.then_some(step.spec.word()));
        }
        assert_eq!(changed.into_iter().collect::<Vec<_>>(), kinds, "{field} {word}");
    }
    // One more version is another key.
    let ranked = plan.graph.iter().find(|(_, step)| step.spec.word() == "train").unwrap().1;
    let key = |version| ranked.spec.key_with(&[Raised { field: "rule", word: "adam", version }]);
    assert_ne!(key(2), key(3));
}

/// Whether a field anywhere in a value says a word.
fn uses(json: &serde_json::Value, field: &str, word: &str) -> bool {
    match json {
        serde_json::Value::Object(members) => members.iter().any(|(name, value)| {
            let says = value == word
                || value.as_object().is_some_and(|inner| inner.len() == 1 && inner.contains_key(word));
            name == field && says || uses(value, field, word)
        }),
        serde_json::Value::Array(items) => items.iter().any(|item| uses(item, field, word)),
        _ => false,
    }
}

/// The files of a program are brought into the store by steps of their own; what they are is in the key.
#[test]
fn a_program_is_planned_with_its_files() {
    let planned = |call: &str, clauses: &str| {
        let text = experiment(&[("unlearn", &format!("each [retrain, {call}]")), ("seed", "0")], clauses);
        let mut program = program(&text);
        let disk = Disk::of(1000, None);
        let mut found = open_modules(&mut program, &disk);
        let (plan, more) = plan(&program, &disk, &|_| Known::Missing);
        found.extend(more);
        let roots: Vec<PathBuf> = plan
            .graph
            .iter()
            .filter(|(_, s)| s.spec.word() == "module")
            .filter_map(|(_, s)| s.root.clone())
            .collect();
        let key =
            plan.graph.iter().filter(|(_, s)| s.spec.word() == "unlearn").map(|(k, _)| k).last().unwrap();
        (roots, key, found.into_iter().map(|d| d.message).collect::<Vec<_>>())
    };
    let call = "program(\"a/npo.py\", files: [\"a/b/c.py\"], lr: 1e-4)";
    let (roots, key, said) = planned(call, "");
    assert_eq!(roots, [PathBuf::from("/at/a/npo.py"), PathBuf::from("/at/a/b/c.py")]);
    assert!(said.is_empty(), "{said:?}");
    for other in ["lr: 1e-3", "lr: 1e-4, x: 1"] {
        assert_ne!(planned(&call.replace("lr: 1e-4", other), "").1, key, "{other}");
    }
    assert_eq!(planned(&call.replace("a/b/c.py", "a/./b/c.py"), "").0[1], PathBuf::from("/at/a/./b/c.py"));
    let (.., said) = planned(call, "limit unlearn.samples <= 100 samples");
    assert_eq!(said, ["what npo.py spends is known to nobody before it ran"]);
    assert!(planned(call, "limit unlearn.time <= 3 minutes").2.is_empty());
}

/// `{seed}` in the name of a checkpoint: a file for each point, and all that are missing are named together.
#[test]
fn checkpoints_are_named_by_point() {
    let method = "\nmethod own { start from checkpoint(\"npo_{model}_{seed}.pth\") }\n";
    let text =
        experiment(&[("unlearn", "each [retrain, own]"), ("model", "each [small_cnn, lenet]")], "") + method;
    let (plan, found) = plan(&program(&text), &Disk::of(1000, None), &|_| Known::Missing);
    assert!(found.iter().all(|d| d.severity != Severity::Error), "{found:?}");
    let mut roots: Vec<String> = plan
        .graph
        .iter()
        .filter(|(_, s)| s.spec.word() == "load")
        .filter_map(|(_, s)| Some(s.root.as_ref()?.display().to_string()))
        .collect();
    roots.sort();
    let expected = ["lenet_0", "lenet_1", "lenet_2", "small_cnn_0", "small_cnn_1", "small_cnn_2"];
    assert_eq!(roots, expected.map(|name| format!("/at/npo_{name}.pth")));
}

/// Each request goes on from what the method made for the request before; Retrain is made without all of them.
#[test]
fn requests_are_unlearned_from_the_result_of_the_one_before() {
    let text = experiment(
        &[
            ("forget", "requests([random(5%), random(5%), by_class(3)])"),
            ("unlearn", "each [retrain, ft, no_unlearning]"),
            ("measure", "[ua, accuracy(request(2)), accuracy(by_class(3))]"),
            ("seed", "0"),
        ],
        "",
    );
    let (program, plan, found) = planned(&text);
    assert!(found.is_empty(), "{found:?}");
    let e = &program.experiments[0];
    let names: Vec<&str> = e.axes.iter().map(|a| a.name.as_str()).collect();
    assert_eq!((names, e.axes[0].labels.join(" ")), (vec!["request", "unlearn"], "1 2 3".to_owned()));
    let spec = |key: StepKey| &plan.graph.get(key).unwrap().spec;
    let unlearn = |key: StepKey| match spec(key) {
        StepSpec::Unlearn(spec) => spec.clone(),
        other => panic!("{other:?}"),
    };
    let select = |key: StepKey| match spec(key) {
        StepSpec::Select(spec) => spec.clone(),
        other => panic!("{other:?}"),
    };
    let made: Vec<_> = plan.made(&program).map(|(_, point, made)| (point, made)).collect();
    let of = |method: usize| -> Vec<_> { made.iter().filter(|(p, _)| p.unlearn == method).collect() };
    for (at, (point, retrain)) in of(0).into_iter().enumerate() {
        let step = unlearn(retrain.model);
        assert_eq!((step.forget, step.gone, step.original), (retrain.forget, None, None));
        let before = e.before(*point).map(|p| p.forget);
        assert_eq!((before, e.is_request(*point)), (at.checked_sub(1), true));
    }
    for method in [1, 2] {
        let mut last: Option<(StepKey, StepKey)> = None;
        for (_, made) in of(method) {
            let step = unlearn(made.model);
            match last {
                None => {
                    assert_eq!(spec(step.original.unwrap()).word(), "train");
                    assert_eq!((step.forget, step.gone), (made.forget, None));
                }
                Some((model, union)) => {
                    assert_eq!((step.original, step.gone), (Some(model), Some(union)));
                    let own = select(step.forget);
                    assert_eq!((own.gone, own.within), (Some(union), None));
                    assert_ne!(own.seed, select(union).seed, "another draw");
                    assert_eq!(select(made.forget).selection.inputs(), [union, step.forget]);
                    assert!(select(made.forget).gone.is_none());
                }
            }
            last = Some((made.model, made.forget));
        }
    }
    // The first request is the plain forget set, so that both share their steps.
    let (_, alone, _) = planned(&experiment(&[("forget", "random(5%)"), ("seed", "0")], ""));
    assert!(alone.graph.iter().all(|(key, _)| plan.graph.contains(key)));
    // A metric of one request looks at what that one asked for, wherever the point stands.
    let measured = |at: usize, point: usize| {
        let key = plan.targets[0].keys[&point][at];
        match spec(key) {
            StepSpec::Measure(spec) => spec.kernel.inputs()[1],
            other => panic!("{other:?}"),
        }
    };
    let second = unlearn(of(1)[1].1.model).forget;
    assert!((0..9).all(|point| measured(1, point) == second));
    assert_eq!(measured(0, 7), of(1)[2].1.forget, "all that was asked for so far");
    assert!(select(measured(2, 0)).gone.is_none());
}

/// What earlier requests asked for is trained on by nobody any more: a method of ten epochs takes five times what two epochs of Retrain take.
#[test]
fn a_limit_knows_what_earlier_requests_took() {
    let found = |limit: &str| {
        let fields = [
            ("forget", "requests([random(20%)], times: 3)"),
            ("unlearn", "each [retrain, ft(epochs: 10 epochs)]"),
            ("seed", "0"),
        ];
        planned(&experiment(&fields, &format!("  limit unlearn.samples <= {limit} of retrain\n"))).2.len()
    };
    assert_eq!((found("500%"), found("490%")), (0, 1));
}
