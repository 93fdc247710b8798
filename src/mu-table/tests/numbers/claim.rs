//! Claims over numbers that are made up.

use mu_check::Measured;
use mu_step::On;

use crate::study::{At, Given, Study};
use mu_numbers::judge;

const STUDY: &str =
    "experiment e { data = digits model = small_cnn train = training(1 epochs) forget = random(5%)
  unlearn = each [retrain, ft, ga] seed = each 0..3 measure = [ra, ua] }\n";

/// On the retain set: retrain 90, 92, 94; ft 91 at every seed; ga 80, 85, 90.
fn usual(at: &At<'_>, measured: &Measured) -> Given {
    let of = match at.label("unlearn") {
        "retrain" => [90.0, 92.0, 94.0],
        "ft" => [91.0, 91.0, 91.0],
        _ => [80.0, 85.0, 90.0],
    };
    match measured {
        Measured::Accuracy(On::Retain, _) => Given::Value(of[at.seed()]),
        _ => Given::Value(40.0),
    }
}

/// What becomes of some conditions: whether each holds, and its detail.
fn judged(conditions: &[String], given: &dyn Fn(&At<'_>, &Measured) -> Given) -> Vec<(Option<bool>, String)> {
    let claims = conditions.iter().map(|c| format!("claim \"c\" {{ {c} }}\n"));
    let study = Study::new(&format!("{STUDY}{}", claims.collect::<String>()), given);
    let measurements = study.measurements();
    let judged = study.program.claims.iter().map(|claim| judge(claim, &measurements));
    judged.inspect(|j| assert_eq!(j.text, "c")).map(|j| (j.holds, j.detail)).collect()
}

fn of(method: &str) -> String {
    format!("mean(e.ra where unlearn == {method} over seed)")
}

#[test]
fn comparisons_are_strict_or_not() {
    let mut cases = Vec::new();
    for (sign, shown, below, same, above) in [
        ("<", "<", true, false, false),
        ("<=", "≤", true, true, false),
        (">", ">", false, false, true),
        (">=", "≥", false, true, true),
        ("==", "=", false, true, false),
        ("!=", "≠", true, false, true),
    ] {
        for (number, holds) in [("92.5", below), ("92", same), ("91.25", above)] {
            let condition = format!("{} {sign} {number}%", of("retrain"));
            cases.push((condition, (Some(holds), format!("92 {shown} {number}"))));
        }
    }
    check(&cases, &usual);
}

/// Each condition, and what should become of it.
fn check(cases: &[(String, (Option<bool>, String))], given: &dyn Fn(&At<'_>, &Measured) -> Given) {
    let conditions: Vec<String> = cases.iter().map(|(condition, _)| condition.clone()).collect();
    for ((condition, expected), found) in cases.iter().zip(judged(&conditions, given)) {
        assert_eq!(&found, expected, "{condition}");
    }
}

#[test]
fn arithmetic_is_that_of_numbers() {
    let cases = [
        (format!("{} + {}", of("ft"), of("ga")), "176"),
        (format!("{} - {}", of("ga"), of("ft")), "-6"),
        (format!("abs({} - {})", of("ga"), of("ft")), "6"),
        (format!("{} / 2", of("ga")), "42.5"),
        (format!("{} * 2", of("ga")), "170"),
        ("max(e.ra where unlearn == ga over seed)".to_owned(), "90"),
        ("min(e.ra where unlearn == ga over seed)".to_owned(), "80"),
        ("median(e.ra where unlearn == retrain over seed)".to_owned(), "92"),
        ("std(e.ra where unlearn == ga over seed)".to_owned(), "5"),
    ];
    let cases =
        cases.map(|(amount, value)| (format!("{amount} < 1000%"), (Some(true), format!("{value} < 1000"))));
    check(&cases, &usual);
}

#[test]
fn parts_are_joined_and_all_of_them_shown() {
    let (yes, no) = (format!("{} == 91%", of("ft")), format!("{} == 91%", of("ga")));
    let (y, n) = ("91 = 91", "85 = 91");
    let cases = [
        (format!("{yes} and {no}"), false, format!("{y}, {n}")),
        (format!("{yes} and {yes}"), true, format!("{y}, {y}")),
        (format!("{no} and {no}"), false, format!("{n}, {n}")),
        (format!("{yes} or {no}"), true, format!("{y}, {n}")),
        (format!("{no} or {yes}"), true, format!("{n}, {y}")),
        (format!("{no} or {no}"), false, format!("{n}, {n}")),
        (format!("not ({no})"), true, n.to_owned()),
        (format!("not ({yes})"), false, y.to_owned()),
    ];
    check(&cases.map(|(condition, holds, detail)| (condition, (Some(holds), detail))), &usual);
}

/// A part that is known may decide; otherwise nobody knows.
#[test]
fn what_is_missing_is_neither_true_nor_false() {
    let missing = |at: &At<'_>, measured: &Measured| match (at.label("unlearn"), at.seed()) {
        ("ga", 2) => Given::Missing,
        _ => usual(at, measured),
    };
    let (yes, no) = (format!("{} == 91%", of("ft")), format!("{} == 90%", of("ft")));
    let unknown = format!("{} < 200%", of("ga"));
    let cases = [
        (unknown.clone(), None),
        (format!("not ({unknown})"), None),
        (format!("{yes} and {unknown}"), None),
        (format!("{no} and {unknown}"), Some(false)),
        (format!("{unknown} and {no}"), Some(false)),
        (format!("{yes} or {unknown}"), Some(true)),
        (format!("{unknown} or {yes}"), Some(true)),
        (format!("{no} or {unknown}"), None),
        (format!("{unknown} or {no}"), None),
    ];
    let conditions: Vec<String> = cases.iter().map(|(condition, _)| condition.clone()).collect();
    let found = judged(&conditions, &missing);
    for ((condition, holds), found) in cases.iter().zip(&found) {
        assert_eq!(found.0, *holds, "{condition}");
    }
    assert_eq!(found[0].1, "– < 200");
    let failed = |at: &At<'_>, measured: &Measured| match at.label("unlearn") {
        "ga" if at.seed() == 0 => Given::Failed("no"),
        _ => usual(at, measured),
    };
    assert_eq!(judged(&[unknown], &failed)[0].0, None, "the mean of two seeds is not that of three");
}

#[test]
fn values_that_stopped_at_a_limit_are_counted() {
    let capped = |seeds: usize| {
        let given = move |at: &At<'_>, measured: &Measured| match (usual(at, measured), at.label("unlearn")) {
            (Given::Value(v), "ft") if at.seed() < seeds => Given::AtLeast(v),
            (given, _) => given,
        };
        judged(&[format!("{} == 91%", of("ft"))], &given).remove(0)
    };
    assert_eq!(capped(0), (Some(true), "91 = 91".to_owned()));
    assert_eq!(capped(1), (Some(true), "91 = 91; 1 value behind it stopped at a limit".to_owned()));
    assert_eq!(capped(2), (Some(true), "91 = 91; 2 values behind it stopped at a limit".to_owned()));
}
