use super::*;

#[derive(serde::Deserialize)]
struct Case {
    x: Vec<f64>,
    members: usize,
    queries: Vec<f64>,
    predictions: String,
}

#[derive(serde::Deserialize)]
struct Fixture {
    cases: Vec<Case>,
}

fn rows(values: &[f64]) -> Vec<Vec<f64>> {
    values.iter().map(|v| vec![*v]).collect()
}

/// Against scikit-learn's SVC on stored outputs of real runs (tests/parity/make_svc.py).
#[test]
fn predicts_what_scikit_learn_predicts() {
    for text in [
        include_str!("../../../../../tests/parity/fixtures/svc_digits.json"),
        include_str!("../../../../../tests/parity/fixtures/svc_fashion.json"),
    ] {
        let fixture: Fixture = serde_json::from_str(text).unwrap();
        let (mut same, mut all) = (0, 0);
        for case in &fixture.cases {
            let y: Vec<bool> = (0..case.x.len()).map(|i| i < case.members).collect();
            let svc = Svc::fit(&rows(&case.x), &y, 3.0);
            let answers = rows(&case.queries).into_iter().map(|x| svc.decision(&x) > 0.0);
            same += answers
                .zip(case.predictions.chars())
                .filter(|(ours, theirs)| *ours == (*theirs == '1'))
                .count();
            all += case.queries.len();
        }
        let agreement = same as f64 / all as f64;
        println!("{same} of {all} predictions agree");
        assert!(agreement >= 0.999, "{same} of {all}");
    }
}

/// With two distinct values the optimum is known: each value goes to the class that has more of it.
#[test]
fn two_values_go_to_their_majorities() {
    let x: Vec<f64> = [vec![1.0; 90], vec![0.0; 10], vec![1.0; 60], vec![0.0; 40]].concat();
    let y: Vec<bool> = (0..200).map(|i| i < 100).collect();
    let svc = Svc::fit(&rows(&x), &y, 3.0);
    assert!(svc.decision(&[1.0]) > 0.0 && svc.decision(&[0.0]) < 0.0);
}

/// The Karush–Kuhn–Tucker conditions of the dual at the solution.
#[test]
fn the_solution_is_optimal() {
    let x: Vec<f64> = (0..300).map(|i| (f64::from(i) * 0.7).sin().abs()).collect();
    let y: Vec<bool> = (0..300).map(|i| (i * i) % 7 < 3).collect();
    let (points, signs, boxes) = collapse(&rows(&x), &y, 3.0);
    let (factor, _) = cholesky(&points, 1.0);
    let (alpha, bias) = solve(&factor, &signs, &boxes);
    let balance: f64 = alpha.iter().zip(&signs).map(|(a, s)| a * s).sum();
    assert!(balance.abs() < 1e-6, "{balance}");
    for i in 0..points.len() {
        let f: f64 =
            (0..points.len()).map(|j| alpha[j] * signs[j] * kernel(&points[i], &points[j], 1.0)).sum::<f64>()
                + bias;
        let margin = signs[i] * f - 1.0;
        let tolerance = 1e-4;
        if alpha[i] < 1e-6 * boxes[i] {
            assert!(margin > -tolerance, "{i}: {margin}");
        } else if alpha[i] > (1.0 - 1e-6) * boxes[i] {
            assert!(margin < tolerance, "{i}: {margin}");
        } else {
            assert!(margin.abs() < tolerance, "{i}: {margin} at {}", alpha[i]);
        }
    }
}

#[derive(serde::Deserialize)]
struct WideCase {
    feature: String,
    x: Vec<Vec<f64>>,
    members: usize,
    queries: Vec<Vec<f64>>,
    predictions: String,
}

#[derive(serde::Deserialize)]
struct WideFixture {
    cases: Vec<WideCase>,
}

/// All five features against scikit-learn at tol = 1e-6 (tests/parity/make_svc_wide.py).
#[test]
fn every_feature_is_decided_as_by_scikit_learn() {
    let text = include_str!("../../../../../tests/parity/fixtures/svc_features.json");
    let fixture: WideFixture = serde_json::from_str(text).unwrap();
    assert_eq!(fixture.cases.len(), 5);
    for case in &fixture.cases {
        let y: Vec<bool> = (0..case.x.len()).map(|i| i < case.members).collect();
        let svc = Svc::fit(&case.x, &y, 3.0);
        let same = case
            .queries
            .iter()
            .zip(case.predictions.chars())
            .filter(|(x, p)| (svc.decision(x) > 0.0) == (*p == '1'));
        let (same, all) = (same.count(), case.queries.len());
        println!("{}: {same} of {all}", case.feature);
        assert!(same as f64 >= 0.999 * all as f64, "{}: {same} of {all}", case.feature);
    }
}

/// Time and agreement at 20 000 points (tests/parity/bench_svc.py writes them and times scikit-learn).
#[test]
#[ignore = "needs the folder that bench_svc.py writes"]
fn svc_beside_scikit_learn() {
    let folder = std::env::var("MU_SVC").unwrap();
    let read = |name: String| std::fs::read(std::path::Path::new(&folder).join(name)).unwrap();
    for (feature, width) in [("confidence", 1), ("probabilities", 10)] {
        let rows = |name: &str| -> Vec<Vec<f64>> {
            let values: Vec<f64> = read(format!("{feature}.{name}"))
                .chunks_exact(8)
                .map(|b| f64::from_le_bytes(b.try_into().unwrap()))
                .collect();
            values.chunks_exact(width).map(<[f64]>::to_vec).collect()
        };
        let (train, asked, answers) = (rows("train"), rows("asked"), read(format!("{feature}.answers")));
        let y: Vec<bool> = (0..train.len()).map(|i| i < train.len() / 2).collect();
        let begun = std::time::Instant::now();
        let svc = Svc::fit(&train, &y, 3.0);
        let fitted = begun.elapsed();
        let same = asked.iter().zip(&answers).filter(|(x, p)| (svc.decision(x) > 0.0) == (**p == 1)).count();
        let all = begun.elapsed();
        println!(
            "{feature}: {} points, fit {:.3} s, with predictions {:.3} s, {same} of {} as scikit-learn",
            train.len(),
            fitted.as_secs_f64(),
            all.as_secs_f64(),
            asked.len()
        );
    }
}
