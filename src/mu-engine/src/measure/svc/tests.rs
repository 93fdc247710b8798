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
