//! What texts become: axes, points, values, conditions, written down by hand. What is said of wrong ones stands in `tests/suite/`.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use mu_check::{
    Amount, Arithmetic, Center, Checked, Comparison, Coord, Dimension, Experiment, Files, Most, Optimum,
    Point, Spread, Test, Unit, check,
};
use mu_diag::Code;
use mu_step::CostOf;

struct Others;

impl Files for Others {
    fn read(&self, path: &str) -> Result<String, String> {
        match path {
            "lib.mu" => Ok("let share = 20%\nmodel tiny() = small_cnn(width: 4)\n".to_owned()),
            _ => Err("no such file".to_owned()),
        }
    }
    fn join(&self, _: &str, spec: &str) -> String {
        spec.trim_start_matches("./").to_owned()
    }
}

fn checked(text: &str) -> Checked {
    check(&Others, "own.mu", text)
}

fn right(text: &str) -> Checked {
    let checked = checked(text);
    assert!(!checked.has_errors(), "{text}\n{:?}", checked.diagnostics);
    checked
}

/// An experiment with some fields in the place of the usual ones, clauses, and items beside it.
fn with(fields: &[(&str, &str)], clauses: &str, items: &str) -> String {
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
    format!("{text}{clauses}}}\n{items}")
}

fn experiment(fields: &[(&str, &str)], clauses: &str) -> Experiment {
    right(&with(fields, clauses, "")).program.experiments.remove(0)
}

fn axes(e: &Experiment) -> Vec<(String, Vec<String>)> {
    e.axes.iter().map(|a| (a.name.clone(), a.labels.clone())).collect()
}

fn axis(name: &str, labels: &[&str]) -> (String, Vec<String>) {
    (name.to_owned(), labels.iter().map(|l| (*l).to_owned()).collect())
}

/// A point's labels, `axis=label` for each that it is on.
fn labels(e: &Experiment, p: Point) -> String {
    e.coords(p).map(|c| format!("{}={}", e.axes[c.axis].name, e.label(c))).collect::<Vec<_>>().join(" ")
}

#[test]
fn axes_stand_in_the_order_of_fields_and_positions_in_that_of_the_text() {
    let e = experiment(&[("forget", "each { few = random(5%), many = random(each [10%, 20%]) }")], "");
    assert_eq!(
        axes(&e),
        [
            axis("forget", &["few", "many"]),
            axis("forget.budget", &["10%", "20%"]),
            axis("unlearn", &["retrain", "ft"]),
            axis("seed", &["0", "1", "2"]),
        ]
    );
    assert_eq!((e.combinations(), e.size(), e.points().count()), (18, 18, 18));
    let all: Vec<String> = e.points().map(|p| labels(&e, p)).collect();
    assert_eq!(all[0], "forget=few unlearn=retrain seed=0");
    assert_eq!(all[1], "forget=few unlearn=retrain seed=1", "the last field runs fastest");
    assert_eq!(all[17], "forget=many forget.budget=20% unlearn=ft seed=2");
}

#[test]
fn a_point_and_its_number_are_each_others() {
    let e = experiment(&[("model", "each { a = small_cnn(width: 4), b = small_cnn(width: 8) }")], "");
    for index in 0..e.combinations() {
        assert_eq!(e.index(e.point(index)), index);
    }
    let p = e.point(7);
    assert_eq!(labels(&e, p), "model=b unlearn=retrain seed=1");
    assert_eq!((e.position(p, 0), e.position(p, 1), e.position(p, 2)), (Some(1), Some(0), Some(1)));
    let other = e.sibling(p, "ft").unwrap();
    assert_eq!(labels(&e, other), "model=b unlearn=ft seed=1");
    assert_eq!(e.sibling(p, "ga"), None);
    assert_eq!((e.axis("seed"), e.axis("nothing")), (Some(2), None));
    assert_eq!(e.label(Coord { axis: 1, at: 1 }), "ft");
}

#[test]
fn zip_pairs_positions_and_except_drops_points() {
    let zipped = experiment(
        &[("seed", "{ train = each [7, 8, 9], unlearn = each [1, 2, 3] }"), ("unlearn", "each [retrain]")],
        "  zip(seed.train, seed.unlearn)\n",
    );
    let pairs: Vec<(u64, u64)> =
        zipped.points().map(|p| zipped.seed[p.seed].value).map(|s| (s.train, s.unlearn)).collect();
    assert_eq!(pairs, [(7, 1), (8, 2), (9, 3)]);
    assert_eq!((zipped.combinations(), zipped.size()), (9, 3));
    let dropped = experiment(&[], "  except { unlearn == ft and seed != 1 }\n");
    let kept: Vec<String> = dropped.points().map(|p| labels(&dropped, p)).collect();
    assert_eq!(
        kept,
        ["unlearn=retrain seed=0", "unlearn=retrain seed=1", "unlearn=retrain seed=2", "unlearn=ft seed=1"]
    );
}

/// A comparison says nothing of a point that is not on its axis, and what says nothing keeps.
#[test]
fn conditions_keep_what_they_say_nothing_of() {
    let of = |condition: &str| -> Vec<String> {
        let table = format!(
            "table t {{ from = e rows = unlearn * unlearn.lr columns = [ua] cell = mean over seed where = {condition} }}\n"
        );
        let checked = right(&with(
            &[("unlearn", "each [retrain, ft(lr: each [0.1, 0.2])]"), ("seed", "0")],
            "",
            &table,
        ));
        let e = &checked.program.experiments[0];
        let filter = checked.program.tables[0].query.filter.clone().unwrap();
        e.points().filter(|p| e.keeps(&filter, *p)).map(|p| labels(e, p)).collect()
    };
    let (retrain, slow, fast) = ("unlearn=retrain", "unlearn=ft unlearn.lr=0.1", "unlearn=ft unlearn.lr=0.2");
    assert_eq!(of("unlearn.lr == 0.2"), [retrain, fast]);
    assert_eq!(of("not unlearn.lr == 0.2"), [retrain, slow]);
    assert_eq!(of("unlearn.lr != 0.2"), [retrain, slow]);
    assert_eq!(of("unlearn.lr < 0.2"), [retrain, slow]);
    assert_eq!(of("unlearn.lr > 0.1"), [retrain, fast]);
    assert_eq!(of("unlearn.lr in [0.1]"), [retrain, slow]);
    assert_eq!(of("unlearn == ft and unlearn.lr == 0.1"), [slow]);
    assert_eq!(of("unlearn == retrain or unlearn.lr == 0.1"), [retrain, slow]);
    assert_eq!(of("unlearn == ft or unlearn.lr == 0.1"), [retrain, slow, fast], "true or nothing is kept");
    assert_eq!(of("not (unlearn == ft and unlearn.lr == 0.1)"), [retrain, fast]);
    assert_eq!(of("unlearn == retrain"), [retrain]);
    assert_eq!(of("unlearn != retrain"), [slow, fast]);
}

#[test]
fn numbers_compare_with_their_units() {
    let of = |condition: &str| -> Vec<String> {
        let table = format!(
            "table t {{ from = e rows = forget columns = [ua] cell = mean over seed where = {condition} }}\n"
        );
        let checked = right(&with(
            &[("forget", "random(each [5%, 10%, 20%])"), ("unlearn", "retrain"), ("seed", "0")],
            "",
            &table.replace("rows = forget", "rows = forget.budget"),
        ));
        let e = &checked.program.experiments[0];
        let filter = checked.program.tables[0].query.filter.clone().unwrap();
        e.points().filter(|p| e.keeps(&filter, *p)).map(|p| labels(e, p)).collect()
    };
    assert_eq!(of("forget.budget <= 10%"), ["forget.budget=5%", "forget.budget=10%"]);
    assert_eq!(of("forget.budget < 10%"), ["forget.budget=5%"]);
    assert_eq!(of("forget.budget >= 10%"), ["forget.budget=10%", "forget.budget=20%"]);
    assert_eq!(of("forget.budget > 10%"), ["forget.budget=20%"]);
    assert_eq!(of("forget.budget != 10%"), ["forget.budget=5%", "forget.budget=20%"]);
}

#[test]
fn values_are_computed_once_and_exactly() {
    let seeds = |value: &str| -> Vec<u64> {
        let e = experiment(&[("seed", value), ("unlearn", "retrain")], "");
        e.points().map(|p| e.seed[p.seed].value.train).collect()
    };
    assert_eq!(seeds("each 3..6"), [3, 4, 5]);
    assert_eq!(seeds("each [1 + 2, 2 * 5, 9 - 2, 8 / 2]"), [3, 10, 7, 4]);
    assert_eq!(seeds("9007199254740993"), [9_007_199_254_740_993], "no float64 has it");
    let e = experiment(&[("seed", "{ train = 4, select = 5, unlearn = 6, evaluate = 7 }")], "");
    let s = e.seed[0].value;
    assert_eq!((s.train, s.select, s.unlearn, s.evaluate), (4, 5, 6, 7));
    let lrs = experiment(&[("unlearn", "ft(lr: each log(1e-3 .. 1e-1, points: 3))")], "");
    assert_eq!(lrs.axes[lrs.axis("unlearn.lr").unwrap()].labels, ["0.001", "0.01", "0.1"]);
}

#[test]
fn functions_imports_and_records_are_looked_through() {
    let items = "use \"./lib.mu\" as lib\nlet scaled(x, times: real = 2) = x * times\nlet options = { share = 5%, seed = 4 }\n";
    let text = items.to_owned()
        + &with(
            &[
                ("model", "lib.tiny"),
                (
                    "forget",
                    "each { a = random(options.share), b = random(lib.share), c = random(scaled(3%)), d = random(scaled(1%, times: 4)) }",
                ),
                ("seed", "options.seed"),
            ],
            "",
            "",
        );
    let e = right(&text).program.experiments.remove(0);
    let budgets: Vec<usize> = e.forget.iter().map(|f| f.value[0].budget().unwrap().samples(1000)).collect();
    assert_eq!(budgets, [50, 200, 60, 40]);
    assert_eq!(e.seed[0].value.train, 4);
}

#[test]
fn a_derived_block_changes_what_it_says() {
    let text = with(&[], "", "experiment f = e with {\n  seed = 7\n  forget = random(20%)\n}\n");
    let program = right(&text).program;
    let [e, f] = &program.experiments[..] else { panic!("{}", program.experiments.len()) };
    assert_eq!((e.seed.len(), f.seed.len(), f.seed[0].value.train), (3, 1, 7));
    assert_eq!(f.forget[0].value[0].budget().unwrap().samples(1000), 200);
    assert_eq!(f.unlearn.len(), 2, "the rest is the base's");
}

fn table(fields: &str) -> mu_check::Table {
    let text = with(
        &[("forget", "each { a = random(5%), b = random(10%) }"), ("measure", "[ua, ra]")],
        "",
        &format!("table t {{ from = e {fields} }}\n"),
    );
    right(&text).program.tables.remove(0)
}

#[test]
fn a_tables_statistic_is_the_mean_with_its_deviation_over_seeds_unless_it_says() {
    let plain = table("rows = forget * unlearn columns = [ua, ra]");
    assert_eq!(
        (plain.query.center, plain.query.spread, &plain.query.over[..]),
        (Center::Mean, Some(Spread::Std), &[2][..])
    );
    let rows: Vec<usize> =
        plain.rows.iter().filter_map(|d| if let Dimension::Axis(a) = d { Some(*a) } else { None }).collect();
    assert_eq!(rows, [0, 1]);
    let [Dimension::Metrics(metrics)] = &plain.columns[..] else { panic!("{:?}", plain.columns) };
    assert_eq!(metrics.iter().map(|m| m.name.as_str()).collect::<Vec<_>>(), ["ua", "ra"]);
    assert!(
        metrics
            .iter()
            .all(|m| m.unit == Unit::Percent && m.optimum == Some(Optimum::Method("retrain".to_owned())))
    );
    assert!(!plain.gaps && plain.test.is_none() && plain.expect.is_empty() && plain.caption.is_none());
    for (cell, center, spread) in [
        ("mean", Center::Mean, None),
        ("median", Center::Median, None),
        ("min", Center::Min, None),
        ("max", Center::Max, None),
        ("best", Center::Best, None),
        ("mean ± ci95", Center::Mean, Some(Spread::Ci95)),
        ("median ± std", Center::Median, Some(Spread::Std)),
    ] {
        let found = table(&format!("rows = forget * unlearn columns = [ua] cell = {cell} over seed"));
        assert_eq!((found.query.center, found.query.spread), (center, spread), "{cell}");
    }
    let over = table("rows = unlearn * seed columns = [ua] cell = mean over forget");
    assert_eq!(over.query.over, [0]);
}

#[test]
fn what_others_reported_has_its_place_and_tolerance() {
    let found = table(
        "rows = forget * unlearn columns = [ua] expect = [at(forget: b, unlearn: ft, ua: 5.5%)] tolerance = 2% caption = \"c\" digits = 3",
    );
    let [expected] = &found.expect[..] else { panic!("{:?}", found.expect) };
    assert_eq!((expected.metric.as_str(), expected.value, expected.tolerance), ("ua", 5.5, 2.0));
    assert_eq!(expected.coords, [Coord { axis: 0, at: 1 }, Coord { axis: 1, at: 1 }]);
    assert_eq!(found.caption.as_deref(), Some("c"));
    assert_eq!(found.digits, [(String::new(), 3)]);
}

#[test]
fn a_claim_is_a_comparison_of_amounts() {
    let claim = |condition: &str| {
        let text = with(&[], "", &format!("claim \"c\" {{ {condition} }}\n"));
        right(&text).program.claims.remove(0).condition
    };
    for (sign, comparison) in [
        ("<", Comparison::Below),
        ("<=", Comparison::AtMost),
        (">", Comparison::Above),
        (">=", Comparison::AtLeast),
        ("==", Comparison::Equal),
        ("!=", Comparison::Unequal),
    ] {
        let found = claim(&format!("mean(e.ua where unlearn == ft over seed) {sign} 5%"));
        let Test::Compare(c, Amount::Aggregate(query, metric), Amount::Number(v)) = found else {
            panic!("{found:?}")
        };
        assert_eq!((c, v, metric.name.as_str(), query.center), (comparison, 5.0, "ua", Center::Mean));
    }
    let found = claim(
        "abs(2 * mean(e.ua where unlearn == ft over seed) - max(e.ua where unlearn == retrain over seed)) < 1%",
    );
    let Test::Compare(_, Amount::Abs(inner), _) = found else { panic!("{found:?}") };
    let Amount::Binary(Arithmetic::Subtract, a, b) = *inner else { panic!("{inner:?}") };
    assert!(matches!(*a, Amount::Binary(Arithmetic::Multiply, ..)) && matches!(*b, Amount::Aggregate(..)));
    let mut aggregates = 0;
    claim(
        "mean(e.ua where unlearn == ft over seed) < 1% and not max(e.ua where unlearn == ft over seed) > 2%",
    )
    .aggregates(&mut |_, _| aggregates += 1);
    assert_eq!(aggregates, 2);
}

#[test]
fn budgets_of_compute_are_amounts_or_shares() {
    let limits = |clauses: &str| experiment(&[], clauses).limits;
    let found = limits(
        "  limit unlearn.epochs <= 5 epochs\n  limit unlearn.samples <= 20% of retrain\n  limit unlearn.time <= 90 seconds\n  limit unlearn.flops <= 1e12\n",
    );
    let all: Vec<(CostOf, Most)> = found.iter().map(|l| (l.what, l.most.clone())).collect();
    assert_eq!(
        all,
        [
            (CostOf::Epochs, Most::Amount(5.0)),
            (CostOf::Samples, Most::Share(0.2, "retrain".to_owned())),
            (CostOf::Minutes, Most::Amount(1.5)),
            (CostOf::Flops, Most::Amount(1e12)),
        ]
    );
    assert_eq!(found[1].text, "unlearn.samples ≤ 20% of retrain");
}

#[test]
fn a_tune_is_an_axis_with_a_direction() {
    let e =
        experiment(&[], "  tune unlearn.lr over [0.1, 0.2] {\n    on = seed == 0\n    maximize = va\n  }\n");
    let at = e.axis("unlearn.lr").unwrap();
    assert_eq!((e.axes[at].labels.join(" "), e.axes[at].tuned), ("0.1 0.2".to_owned(), true));
    let [tune] = &e.tunes[..] else { panic!("{:?}", e.tunes) };
    assert_eq!((tune.axis, tune.maximize, tune.metric.name.as_str()), (at, true, "va"));
    let on = e.points().filter(|p| e.keeps(&tune.on, *p)).count();
    assert_eq!(on, 3, "Retrain, and ft with each candidate, at one seed");
}

/// Weights and biases: 3·3·c·k + k for a convolution, n·m + m for a linear layer, two for each channel that is normalised.
#[test]
fn a_network_has_the_parameters_of_its_layers() {
    let of = |body: &str| {
        let text = format!("model own() {{\n  {body}\n}}\n") + &with(&[("model", "own")], "", "");
        let e = right(&text).program.experiments.remove(0);
        let footprint = format!("{}", e.model[0].value[0].footprint());
        footprint
    };
    // The digits are 1 × 8 × 8: 1·9·4 + 4 · 2 + 4·10 + 10.
    let small = of("a: conv(4) -> b: bn -> relu -> global_average_pool -> c: linear(classes)");
    assert!(small.contains("94"), "{small}");
    let wide = of("flatten -> a: linear(20) -> relu -> b: linear(classes)");
    assert!(
        wide.contains("1510") || wide.contains("1 510") || wide.contains("1.5"),
        "64·20 + 20 + 20·10 + 10: {wide}"
    );
}

/// The codes and the line of what is found.
fn found(text: &str) -> Vec<(Code, usize)> {
    let checked = checked(text);
    let line = |at: u32| text[..at as usize].matches('\n').count() + 1;
    checked.diagnostics.iter().map(|d| (d.code, line(d.span.unwrap().start))).collect()
}

#[test]
fn an_experiment_that_measures_nothing_is_an_error() {
    assert_eq!(found(&with(&[("measure", "[]")], "", "")), [(Code::MissingField, 8)]);
}

#[test]
fn what_nothing_uses_is_a_warning() {
    let text = "let a = 1\nlet b = 2\nlet f(x, y) = x\n".to_owned()
        + &with(
            &[("seed", "each [f(b, b), 3]")],
            "",
            "table t { from = e rows = unlearn columns = [ua] where = seed == 3 }\n",
        );
    let codes: Vec<Code> = found(&text).into_iter().map(|(code, _)| code).collect();
    assert_eq!(codes, [Code::Unused, Code::UnreadParameter, Code::UnusedAxis]);
}

/// Six pairs are the fewest with which Wilcoxon's test can be significant: 2 · (1/2)⁶ < 0.05.
#[test]
fn a_test_that_no_numbers_can_pass_is_a_warning() {
    let table = |seeds: usize, test: &str| {
        let items = format!(
            "table t {{ from = e rows = unlearn columns = [ua] cell = mean ± std over seed test = {test} }}\n"
        );
        let seeds = format!("each 0..{seeds}");
        found(&with(&[("seed", &seeds)], "", &items))
            .iter()
            .filter(|(code, _)| *code == Code::WeakTest)
            .count()
    };
    assert_eq!((table(5, "wilcoxon(against: retrain)"), table(6, "wilcoxon(against: retrain)")), (1, 0));
    assert_eq!((table(1, "paired(against: retrain)"), table(2, "paired(against: retrain)")), (1, 0));
}
