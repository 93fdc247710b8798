//! A study whose numbers are made up: what the table makes of them is worked out by hand.

use mu_check::{Bound, Measured};
use mu_step::On;

use crate::study::{At, Given, Study};
use mu_table::{Filled, FilledCell, fill};

const HEAD: &str = "data = digits model = small_cnn train = training(1 epochs) ";

/// Five methods on two forget sets and three seeds.
const STUDY: &str = "experiment e { data = digits model = small_cnn train = training(1 epochs)
  forget = each { few = random(5%), many = random(10%) }
  unlearn = each [retrain, ft, ga, rl@uniform, no_unlearning] seed = each 0..3 measure = [ra, ta] }\n";

/// Accuracies on the retain set by seed: means 92, 91, 85, 94, 99, standard deviations 2, 0, 5, √3, 2.
fn retained(method: &str) -> [f64; 3] {
    match method {
        "retrain" => [90.0, 92.0, 94.0],
        "ft" => [91.0, 91.0, 91.0],
        "ga" => [80.0, 85.0, 90.0],
        "rl@uniform" => [93.0, 95.0, 94.0],
        _ => [99.0, 99.0, 99.0],
    }
}

/// On the retain set as above, one more on the larger forget set; on test samples one number a method.
fn usual(at: &At<'_>, measured: &Measured) -> Given {
    let more = if at.label("forget") == "many" { 1.0 } else { 0.0 };
    let of_test = match at.label("unlearn") {
        "retrain" => 50.0,
        "ft" => 48.0,
        "ga" => 52.0,
        "rl@uniform" => 49.0,
        _ => 60.0,
    };
    match measured {
        Measured::Accuracy(On::Retain, _) => Given::Value(retained(at.label("unlearn"))[at.seed()] + more),
        Measured::Accuracy(On::TestRetained, _) => Given::Value(of_test),
        other => panic!("{other:?} is not measured"),
    }
}

/// The table `t` of the study with more fields.
fn table_of(study: &str, fields: &str, given: &dyn Fn(&At<'_>, &Measured) -> Given) -> Filled {
    let text = format!("{study}table t {{ from = e {fields} }}\n");
    let study = Study::new(&text, given);
    fill(&study.program.tables[0], &study.measurements())
}

fn table(fields: &str, given: &dyn Fn(&At<'_>, &Measured) -> Given) -> Filled {
    table_of(STUDY, fields, given)
}

const WIDE: &str =
    "rows = unlearn columns = forget * [ra, ta] cell = mean ± std over seed highlight = best gaps = true";

/// The cell of a row and a column by their labels.
fn at<'f>(table: &'f Filled, row: &[&str], column: &[&str]) -> &'f FilledCell {
    let place = |all: &[Vec<String>], labels: &[&str]| {
        all.iter().position(|l| l == labels).unwrap_or_else(|| panic!("no {labels:?} in {all:?}"))
    };
    &table.cells[place(&table.rows, row)][place(&table.columns, column)]
}

fn mean(cell: &FilledCell) -> f64 {
    cell.cell.unwrap().mean
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

#[test]
fn rows_and_columns_are_the_products_of_their_dimensions_the_last_fastest() {
    let table = table(WIDE, &usual);
    assert_eq!(table.rows, [["retrain"], ["ft"], ["ga"], ["rl@uniform"], ["no_unlearning"]]);
    assert_eq!(table.columns, [["few", "ra"], ["few", "ta"], ["many", "ra"], ["many", "ta"]]);
    assert_eq!(table.row_names, ["unlearn"]);
    assert!(table.signs.contains(&("ra".to_owned(), "≈".to_owned())), "{:?}", table.signs);
    assert_eq!((table.missing, table.notes.len()), (0, 0));
    assert_eq!((&table.name[..], &table.caption, &table.test), ("t", &None, &None));
}

#[test]
fn a_cell_is_the_mean_and_the_standard_deviation_over_seeds() {
    let table = table(WIDE, &usual);
    for (method, few, spread) in
        [("retrain", 92.0, 2.0), ("ft", 91.0, 0.0), ("ga", 85.0, 5.0), ("rl@uniform", 94.0, 1.0)]
    {
        for (forget, more) in [("few", 0.0), ("many", 1.0)] {
            let cell = at(&table, &[method], &[forget, "ra"]).cell.unwrap();
            assert!(near(cell.mean, few + more), "{method} {forget}: {cell:?}");
            assert!(near(cell.std.unwrap(), spread), "{method} {forget}: {cell:?}");
            assert_eq!((cell.n, cell.bound), (3, Bound::Exact));
        }
    }
    assert_eq!(at(&table, &["ft"], &["few", "ra"]).digits, 2);
    assert_eq!(at(&table, &["ft"], &["few", "ra"]).steps.len(), 3, "one number of each seed");
}

/// Distances to Retrain: 1, 7, 2, 7 on the retain set, 2, 2, 1, 10 on the test set.
#[test]
fn the_best_is_nearest_to_retrain_within_its_column() {
    let table = table(WIDE, &usual);
    for forget in ["few", "many"] {
        for (method, gap, best, second) in [
            ("ft", 1.0, true, false),
            ("ga", 7.0, false, false),
            ("rl@uniform", 2.0, false, true),
            ("no_unlearning", 7.0, false, false),
        ] {
            let cell = at(&table, &[method], &[forget, "ra"]);
            assert!(near(cell.gap.unwrap(), gap), "{method}: {cell:?}");
            assert_eq!((cell.best, cell.second), (best, second), "{method}: {cell:?}");
        }
        // Two share the second place.
        for (method, best, second) in [
            ("ft", false, true),
            ("ga", false, true),
            ("rl@uniform", true, false),
            ("no_unlearning", false, false),
        ] {
            let cell = at(&table, &[method], &[forget, "ta"]);
            assert_eq!((cell.best, cell.second), (best, second), "{method}: {cell:?}");
        }
        let itself = at(&table, &["retrain"], &[forget, "ra"]);
        assert_eq!((itself.gap, itself.best, itself.second), (None, false, false), "it is no contender");
    }
}

#[test]
fn marks_and_gaps_are_there_where_they_are_asked_for() {
    let plain =
        table("rows = unlearn columns = forget * [ra, ta] cell = mean over seed highlight = none", &usual);
    assert!(plain.cells.iter().flatten().all(|c| !c.best && !c.second && c.gap.is_none()));
    assert!(plain.cells.iter().flatten().all(|c| c.cell.unwrap().std.is_none()), "no ± was asked for");
    let best =
        table("rows = unlearn columns = forget * [ra, ta] cell = mean over seed highlight = best", &usual);
    assert!(best.cells.iter().flatten().all(|c| c.gap.is_none()));
    assert_eq!(best.cells.iter().flatten().filter(|c| c.best).count(), 4);
    let gaps = table(
        "rows = unlearn columns = forget * [ra, ta] cell = mean over seed highlight = none gaps = true",
        &usual,
    );
    assert!(gaps.cells.iter().flatten().all(|c| !c.best && !c.second));
    assert_eq!(gaps.cells.iter().flatten().filter(|c| c.gap.is_some()).count(), 16);
}

/// Of three contenders the second best is nearly the rest; two that are equally good are both best, and nothing is second.
#[test]
fn a_second_best_needs_four_contenders_and_one_best() {
    let three = table(&format!("{WIDE} where = unlearn != no_unlearning"), &usual);
    assert_eq!(three.rows.len(), 4);
    assert!(three.cells.iter().flatten().all(|c| !c.second));
    assert!(at(&three, &["ft"], &["few", "ra"]).best);
    // As good as `ft`, from the other side.
    let tied = table(WIDE, &|place, measured| match (place.label("unlearn"), measured) {
        ("no_unlearning", Measured::Accuracy(On::Retain, _)) => Given::Value(93.0),
        _ => usual(place, measured),
    });
    for (method, best) in [("ft", true), ("no_unlearning", true), ("rl@uniform", false), ("ga", false)] {
        let cell = at(&tied, &[method], &["few", "ra"]);
        assert_eq!((cell.best, cell.second), (best, false), "{method}");
    }
}

#[test]
fn what_stopped_at_a_limit_has_a_bound_and_is_no_contender() {
    let table = table(WIDE, &|place, measured| {
        let ft = place.label("unlearn") == "ft" && place.seed() == 0 && place.label("forget") == "few";
        match measured {
            Measured::Accuracy(On::Retain, _) if ft => Given::AtLeast(91.0),
            _ => usual(place, measured),
        }
    });
    let cell = at(&table, &["ft"], &["few", "ra"]);
    assert_eq!(cell.cell.unwrap().bound, Bound::AtLeast);
    assert_eq!((cell.cell.unwrap().std, cell.gap, cell.best), (None, None, false));
    // The next one is the best now, and of three contenders none is second.
    let next = at(&table, &["rl@uniform"], &["few", "ra"]);
    assert!(next.best && !next.second);
    assert!(at(&table, &["ft"], &["many", "ra"]).best, "elsewhere nothing changed");
    assert_eq!(
        table.bounds.unwrap(),
        "≥, ≤, ~: 1 values behind ra stopped at a limit; such a cell bounds the true one and has no ±"
    );
}

#[test]
fn without_the_reference_nothing_is_compared() {
    let table = table(WIDE, &|place, measured| match place.label("unlearn") {
        "retrain" => Given::Missing,
        _ => usual(place, measured),
    });
    assert!(table.cells.iter().flatten().all(|c| !c.best && !c.second && c.gap.is_none()));
    assert_eq!(table.missing, 12, "two metrics, two forget sets, three seeds");
    assert_eq!(at(&table, &["retrain"], &["few", "ra"]).cell, None);
    assert_eq!(table.bounds, None);
}

#[test]
fn failures_are_footnotes_each_text_once() {
    let table = table(WIDE, &|place, measured| match (place.label("unlearn"), place.seed()) {
        ("ga", 1) => Given::Failed("the loss is NaN"),
        ("rl@uniform", _) => Given::Failed("no\nmemory"),
        ("ft", 2) => Given::Missing,
        _ => usual(place, measured),
    });
    let texts: Vec<&str> = table.notes.iter().map(|n| n.text.as_str()).collect();
    assert_eq!(texts, ["1 of 3 failed (diverged): the loss is NaN", "3 of 3 failed (diverged): no\\nmemory"]);
    for forget in ["few", "many"] {
        let more = if forget == "many" { 1.0 } else { 0.0 };
        let ga = at(&table, &["ga"], &[forget, "ra"]);
        // What is left: 80 and 90.
        assert!(near(mean(ga), 85.0 + more) && ga.cell.unwrap().n == 2 && ga.note == Some(0), "{ga:?}");
        let rl = at(&table, &["rl@uniform"], &[forget, "ra"]);
        assert_eq!((rl.cell, rl.note, rl.best), (None, Some(1), false));
        let ft = at(&table, &["ft"], &[forget, "ra"]);
        assert_eq!((ft.cell.unwrap().n, ft.note), (2, None));
    }
    assert_eq!(table.missing, 4, "one seed, two metrics, two forget sets");
}

#[test]
fn reported_values_agree_within_the_tolerance() {
    let expecting = |tolerance: &str| {
        let fields = format!(
            "{WIDE} expect = [at(forget: few, unlearn: ft, ra: 91.5%), at(unlearn: ga, ra: 80%)] tolerance = {tolerance}"
        );
        let table = table(&fields, &usual);
        let of = |method: &str, column: &[&str]| at(&table, &[method], column).expected;
        assert_eq!(of("ft", &["few", "ta"]), None, "of another metric");
        assert_eq!(of("ft", &["many", "ra"]), None, "of another forget set");
        (of("ft", &["few", "ra"]), of("ga", &["few", "ra"]), of("ga", &["many", "ra"]))
    };
    // 91 against 91.5, 85 and 86 against 80; a tolerance includes its ends.
    assert_eq!(expecting("0.5%"), (Some((91.5, true)), Some((80.0, false)), Some((80.0, false))));
    assert_eq!(expecting("0.4%"), (Some((91.5, false)), Some((80.0, false)), Some((80.0, false))));
    assert_eq!(expecting("5%"), (Some((91.5, true)), Some((80.0, true)), Some((80.0, false))));
}

#[test]
fn decimals_are_two_for_percentages_four_for_others_or_as_the_table_says() {
    let study = STUDY.replace("measure = [ra, ta]", "measure = [ra, ta, epochs_run]");
    let given = |place: &At<'_>, measured: &Measured| match measured {
        Measured::Cost(_) => Given::Value(3.0),
        _ => usual(place, measured),
    };
    let digits = |more: &str| {
        let fields = format!(
            "rows = unlearn columns = [ra, ta, epochs_run] cell = mean over seed where = forget == few {more}"
        );
        let table = table_of(&study, &fields, &given);
        ["ra", "ta", "epochs_run"].map(|metric| at(&table, &["ft"], &[metric]).digits)
    };
    assert_eq!(digits(""), [2, 2, 4]);
    assert_eq!(digits("digits = { ra = 1 }"), [1, 2, 4]);
    assert_eq!(digits("digits = 3"), [3, 3, 3]);
}

#[test]
fn rows_and_columns_without_a_point_are_not_shown() {
    let table = table(&format!("{WIDE} where = unlearn != ga and forget == few"), &usual);
    assert_eq!(table.rows, [["retrain"], ["ft"], ["rl@uniform"], ["no_unlearning"]]);
    assert_eq!(table.columns, [["few", "ra"], ["few", "ta"]]);
    assert!(table.cells.iter().all(|row| row.len() == 2));
    assert!(near(mean(at(&table, &["rl@uniform"], &["few", "ra"])), 94.0));
}

/// Retrain has no learning rate: its place on that axis has an empty label.
#[test]
fn a_point_that_is_not_on_an_axis_has_a_row_of_its_own() {
    let study = format!(
        "experiment e {{ {HEAD} forget = random(5%) unlearn = each [retrain, ft(lr: each [0.1, 0.2])] measure = [ra] }}\n"
    );
    let given = |place: &At<'_>, _: &Measured| match place.label("unlearn.lr") {
        "0.1" => Given::Value(70.0),
        "0.2" => Given::Value(80.0),
        _ => Given::Value(90.0),
    };
    let fields = "rows = unlearn * unlearn.lr columns = [ra] cell = mean highlight = best";
    let table = table_of(&study, fields, &given);
    assert_eq!(table.rows, [["retrain", ""], ["ft", "0.1"], ["ft", "0.2"]]);
    assert_eq!(table.row_names, ["unlearn", "unlearn.lr"]);
    let means: Vec<f64> = table.cells.iter().map(|row| mean(&row[0])).collect();
    assert_eq!(means, [90.0, 70.0, 80.0]);
    // What differs in a parameter of the method only is of one group.
    assert_eq!(table.cells.iter().map(|row| row[0].best).collect::<Vec<_>>(), [false, false, true]);
}

/// Metrics in the rows: the columns are the contenders.
#[test]
fn metrics_may_stand_in_rows() {
    let table = table(
        "rows = [ra, ta] columns = unlearn cell = mean over seed where = forget == few highlight = best",
        &usual,
    );
    assert_eq!(table.rows, [["ra"], ["ta"]]);
    assert_eq!(table.row_names, ["metric"]);
    assert!(near(mean(at(&table, &["ra"], &["ga"])), 85.0));
    assert!(at(&table, &["ra"], &["ft"]).best && at(&table, &["ta"], &["rl@uniform"]).best);
    assert!(!at(&table, &["ta"], &["ft"]).best);
}

#[test]
fn what_is_best_is_the_metrics_to_say() {
    let metrics = "metric up: percent towards higher = accuracy(retain)\nmetric down: percent towards lower = accuracy(retain)\n\
                   metric at90: percent towards 90% = accuracy(retain)\nmetric nothing: percent = accuracy(retain)\n";
    let study =
        metrics.to_owned() + &STUDY.replace("measure = [ra, ta]", "measure = [up, down, at90, nothing]");
    let fields = "rows = unlearn columns = [up, down, at90] cell = mean over seed where = forget == few highlight = best gaps = true";
    let table = table_of(&study, fields, &usual);
    // Means 92, 91, 85, 94, 99; distances to 90: 2, 1, 5, 4, 9.
    let best = |metric: &str| -> Vec<&str> {
        let marked = |row: &&Vec<String>| at(&table, &[&row[0]], &[metric]).best;
        table.rows.iter().filter(marked).map(|row| row[0].as_str()).collect()
    };
    let second = |metric: &str| -> Vec<&str> {
        let marked = |row: &&Vec<String>| at(&table, &[&row[0]], &[metric]).second;
        table.rows.iter().filter(marked).map(|row| row[0].as_str()).collect()
    };
    assert_eq!((best("up"), second("up")), (vec!["no_unlearning"], vec!["rl@uniform"]));
    assert_eq!((best("down"), second("down")), (vec!["ga"], vec!["ft"]));
    assert_eq!((best("at90"), second("at90")), (vec!["ft"], vec!["retrain"]));
    assert_eq!(at(&table, &["ga"], &["up"]).gap, None, "the highest has no number to be far from");
    assert!(near(at(&table, &["ga"], &["at90"]).gap.unwrap(), 5.0));
    let signs: Vec<&str> = table.signs.iter().map(|(_, sign)| sign.as_str()).collect();
    assert_eq!(signs, ["↑", "↓", "→90"]);
}

/// Where a table shows no methods, its rows are what is compared.
#[test]
fn without_methods_rows_are_compared() {
    let study = "metric up: percent towards higher = accuracy(retain)\n".to_owned()
        + &STUDY.replace("measure = [ra, ta]", "measure = [up, ra]");
    let fields = "rows = forget columns = [up] cell = mean over seed where = unlearn == ft highlight = best";
    let table = table_of(&study, fields, &usual);
    assert_eq!(table.rows, [["few"], ["many"]]);
    assert_eq!((mean(&table.cells[0][0]), mean(&table.cells[1][0])), (91.0, 92.0));
    assert_eq!((table.cells[0][0].best, table.cells[1][0].best), (false, true));
}

/// What a metric compares with is as near as can be, and no contender.
#[test]
fn what_a_metric_compares_with_is_not_marked() {
    let study = "metric away: percent towards 0% = abs(ra - ra[unlearn == retrain])\n".to_owned()
        + &STUDY.replace("measure = [ra, ta]", "measure = [ra, away]");
    let fields =
        "rows = unlearn columns = [away] cell = mean over seed where = forget == few highlight = best";
    let table = table_of(&study, fields, &usual);
    assert_eq!(mean(at(&table, &["retrain"], &["away"])), 0.0);
    assert!(!at(&table, &["retrain"], &["away"]).best);
    // |1|, |−1|, |−3| over the seeds: 5/3; of `rl@uniform`: 3, 3, 0.
    assert!(near(mean(at(&table, &["ft"], &["away"])), 5.0 / 3.0));
    assert!(near(mean(at(&table, &["rl@uniform"], &["away"])), 2.0));
    assert!(at(&table, &["ft"], &["away"]).best && at(&table, &["rl@uniform"], &["away"]).second);
}

/// Of means: |91 − 92|, and nothing to spread or to test.
#[test]
fn a_metric_of_means_is_one_value() {
    let study = "metric away: percent towards 0% = of_means(abs(ra - ra[unlearn == retrain]))\n".to_owned()
        + &STUDY.replace("measure = [ra, ta]", "measure = [ra, away]");
    let fields = "rows = unlearn columns = [away, ra] cell = mean ± std over seed where = forget == few test = paired(against: retrain)";
    let table = table_of(&study, fields, &usual);
    let cell = at(&table, &["ft"], &["away"]);
    assert!(near(mean(cell), 1.0));
    assert_eq!((cell.cell.unwrap().std, cell.cell.unwrap().n, cell.p), (None, 3, None));
    assert!(at(&table, &["ft"], &["ra"]).p.is_some());
}

/// Student's t with two degrees of freedom has p = 1 − |t| / √(2 + t²).
fn two_sided(differences: [f64; 3]) -> f64 {
    let mean = differences.iter().sum::<f64>() / 3.0;
    let variance = differences.iter().map(|d| (d - mean) * (d - mean)).sum::<f64>() / 2.0;
    let t = mean / (variance / 3.0).sqrt();
    1.0 - t.abs() / (2.0 + t * t).sqrt()
}

#[test]
fn differences_are_tested_pair_by_pair_and_corrected_over_the_table() {
    let fields = "rows = unlearn columns = [ra] cell = mean ± std over seed where = forget == few test = paired(against: retrain)";
    let table = table(fields, &usual);
    let p = |method: &str| at(&table, &[method], &["ra"]).p;
    // Differences to Retrain's 90, 92, 94, seed by seed.
    let [no, ga, rl, ft] =
        [[9.0, 7.0, 5.0], [-10.0, -7.0, -4.0], [3.0, 3.0, 0.0], [1.0, -1.0, -3.0]].map(two_sided);
    assert!(no < ga && ga < rl && rl < ft, "{no} {ga} {rl} {ft}");
    // Holm: the smallest times four, the next times three, and none below the one before it.
    for (method, expected) in
        [("no_unlearning", 4.0 * no), ("ga", 3.0 * ga), ("rl@uniform", 2.0 * rl), ("ft", ft)]
    {
        assert!((p(method).unwrap() - expected).abs() < 1e-9, "{method}: {:?} {expected}", p(method));
    }
    assert_eq!(p("retrain"), None);
    assert_eq!(table.test.unwrap(), "differs from retrain (p < 0.05, paired t-test, Holm's correction)");
}

/// All of three differences on one side: 2 · (1/2)³; of both sides it is more. Ranks of |1|, |−1|, |−3| are 1.5, 1.5, 3: a positive
/// sum of 1.5 or less has 3 of 8 signs.
#[test]
fn wilcoxons_test_is_another() {
    let fields = "rows = unlearn columns = [ra] cell = mean ± std over seed where = forget == few and unlearn in [retrain, no_unlearning] test = wilcoxon(against: retrain)";
    let one = table(fields, &usual);
    assert!(near(at(&one, &["no_unlearning"], &["ra"]).p.unwrap(), 0.25));
    assert!(one.test.unwrap().contains("Wilcoxon's signed-rank test"));
    let other = table(&fields.replace("no_unlearning", "ft"), &usual);
    assert!(near(at(&other, &["ft"], &["ra"]).p.unwrap(), 0.75));
}

#[test]
fn one_pair_and_inexact_values_are_not_tested() {
    let fields = "rows = unlearn columns = [ra] cell = mean ± std over seed where = forget == few test = paired(against: retrain)";
    let table = table(fields, &|place, measured| match (place.label("unlearn"), place.seed()) {
        ("ft", 0 | 1) => Given::Missing,
        ("ga", 1) => Given::AtLeast(85.0),
        _ => usual(place, measured),
    });
    assert_eq!(at(&table, &["ft"], &["ra"]).p, None);
    // Two differences are left, −10 and −4: t = −7/3 with one degree of freedom, p = 1 − 2/π · arctan t.
    let ga = 1.0 - 2.0 / std::f64::consts::PI * (7.0f64 / 3.0).atan();
    let [no, rl] = [[9.0, 7.0, 5.0], [3.0, 3.0, 0.0]].map(two_sided);
    assert!(no < rl && rl < ga && ga < 2.0 * rl);
    // Three tests are left. The last one of Holm's steps is not below the one before it.
    for (method, expected) in [("no_unlearning", 3.0 * no), ("rl@uniform", 2.0 * rl), ("ga", 2.0 * rl)] {
        let found = at(&table, &[method], &["ra"]).p.unwrap();
        assert!((found - expected).abs() < 1e-9, "{method}: {found} {expected}");
    }
}

#[test]
fn tuned_parameters_and_budgets_are_said() {
    let study = format!(
        "experiment e {{ {HEAD} forget = random(5%) unlearn = each [retrain, ft, ga] seed = each 0..2 measure = [ra] \
         limit unlearn.epochs <= 50 epochs tune unlearn.lr over [0.1, 0.2] {{ on = seed == 0 minimize = va }} }}\n"
    );
    let given = |place: &At<'_>, measured: &Measured| {
        let value = match (measured, place.label("unlearn"), place.label("unlearn.lr")) {
            (Measured::Accuracy(On::ValidationRetained, _), "ft", "0.1") => 30.0,
            (Measured::Accuracy(On::ValidationRetained, _), "ft", "0.2") => 20.0,
            (Measured::Accuracy(On::ValidationRetained, _), "ga", "0.1") => 10.0,
            (Measured::Accuracy(On::ValidationRetained, _), "ga", "0.2") => 40.0,
            (_, "ft", "0.2") => 77.0,
            (_, "ga", "0.1") => 66.0,
            (_, "retrain", _) => 90.0,
            _ => 1.0,
        };
        Given::Value(value)
    };
    let table = table_of(&study, "rows = unlearn columns = [ra] cell = mean over seed", &given);
    assert_eq!(table.tuned, ["unlearn.lr: ft 0.2, ga 0.1"]);
    let means: Vec<f64> = table.cells.iter().map(|row| mean(&row[0])).collect();
    assert_eq!(means, [90.0, 77.0, 66.0], "the candidates that were chosen");
    assert_eq!(table.limits.len(), 1, "{:?}", table.limits);
    assert!(table.limits[0].contains("50 epochs"), "{:?}", table.limits);
}

#[test]
fn where_forgotten_classes_are_left_out_is_said() {
    let left_out = |forgets: &[&str]| {
        let table = table(WIDE, &|place, measured| match (usual(place, measured), measured) {
            (Given::Value(v), Measured::Accuracy(On::TestRetained, _))
                if forgets.contains(&place.label("forget")) =>
            {
                Given::LeftOut(v)
            }
            (given, _) => given,
        });
        table.left_out
    };
    assert_eq!(left_out(&[]), None);
    let said = "ta: test metrics leave out the forgotten classes";
    assert_eq!(left_out(&["few", "many"]).unwrap(), said);
    assert_eq!(left_out(&["many"]).unwrap(), format!("{said} where forget is many"));
}
