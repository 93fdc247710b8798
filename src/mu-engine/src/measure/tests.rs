use std::collections::HashSet;

use mu_step::Feature;
use mu_step::expression::Net;

use super::*;

/// Two bins by hand: (0, ½] has one sample, wrong, at confidence 0.5; (½, 1] has two, one right, at 0.9 and 0.7.
#[test]
fn calibration_is_the_gap_of_bins() {
    let row = |p: f64| vec![p.ln(), (1.0 - p).ln()];
    let outputs =
        Outputs { logits: vec![row(0.5), row(0.9), row(0.7)], labels: vec![1, 0, 1], ..Outputs::default() };
    let expected = ((0.0f64 - 0.5).abs() + (1.0f64 - 1.6).abs()) / 3.0;
    assert!((calibration(&outputs, 2) - expected).abs() < 1e-12);
}

#[derive(serde::Deserialize)]
struct Fixture {
    ours: Vec<Vec<f64>>,
    theirs: Vec<Vec<f64>>,
    labels: Vec<usize>,
    #[serde(rename = "zrf@code")]
    zrf_code: f64,
    zrf: f64,
    js_divergence: f64,
    activation_distance: f64,
    modified_entropy: Vec<f64>,
    modified_entropy_faithful: Vec<f64>,
}

/// A metric of the library by its text, of outputs and of another model's.
fn by_text(metric: &str, ours: &Outputs, theirs: &Outputs) -> f64 {
    let text = format!(
        "experiment e {{ data = digits model = small_cnn train = training(1 epochs) forget = random(10%) \
         unlearn = each [retrain, ft] measure = [{metric}] }}"
    );
    let program = crate::texts::checked(&text);
    let mut leaf = |measured: &mu_check::Measured| {
        let mu_check::Measured::Samples(_, of, Collect::Mean) = measured else { panic!("{measured:?}") };
        let others: Vec<(Net, Outputs)> = of
            .networks()
            .into_iter()
            .filter(|net| *net != Net::Own)
            .map(|net| {
                (
                    net,
                    Outputs {
                        logits: theirs.logits.clone(),
                        labels: theirs.labels.clone(),
                        ..Outputs::default()
                    },
                )
            })
            .collect();
        let values = values(of, &Stored::new(ours, &others).unwrap()).unwrap();
        values.iter().sum::<f64>() / values.len() as f64
    };
    let leaf = std::cell::RefCell::new(&mut leaf);
    program.experiments[0].measure[0].formula.evaluate(&|m, _| Some((leaf.borrow_mut())(m))).unwrap()
}

/// What names a source's code has that code's number, and what names a formula has the formula's (tests/parity/make_metrics.py).
#[test]
fn metrics_that_name_a_source_are_its() {
    let f: Fixture =
        serde_json::from_str(include_str!("../../../../tests/parity/fixtures/metrics.json")).unwrap();
    let outputs = |logits: &Vec<Vec<f64>>| Outputs {
        logits: logits.clone(),
        labels: f.labels.clone(),
        ..Outputs::default()
    };
    let (ours, theirs) = (outputs(&f.ours), outputs(&f.theirs));
    // What their code runs in float32 is compared to that.
    for (metric, expected, within) in [
        ("zrf@code", f.zrf_code, 1e-6),
        ("zrf", f.zrf, 1e-12),
        ("js_divergence", f.js_divergence, 1e-12),
        ("activation_distance", f.activation_distance, 1e-12),
    ] {
        let found = by_text(metric, &ours, &theirs);
        assert!((found - expected).abs() < within, "{metric}: {found}, theirs {expected}");
    }
    assert!((f.zrf_code - f.zrf).abs() > 0.1, "the two are not one number");
    for (feature, expected, within) in [
        (Feature::ModifiedEntropy, &f.modified_entropy, 1e-9),
        (Feature::ModifiedEntropyFaithful, &f.modified_entropy_faithful, 1e-5),
    ] {
        for (i, (found, expected)) in mia::rows(&ours, &feature).unwrap().iter().zip(expected).enumerate() {
            assert!(
                (found[0] - expected).abs() < within,
                "{feature:?} of sample {i}: {found:?}, theirs {expected}"
            );
        }
    }
}

/// A class is forgotten whole where all of its training samples are forgotten: not where some are, and not where it has none.
#[test]
fn classes_are_forgotten_whole_or_not() {
    let tensor = |values: &[i64]| Tensor::from_slice(values);
    let all = Tensors::from([
        ("train.labels".to_owned(), tensor(&[0, 0, 1, 1, 2, 4])),
        ("train.index".to_owned(), tensor(&[10, 11, 12, 13, 14, 15])),
    ]);
    let whole =
        |forget: &[i64]| outputs::forgotten_whole(&all, &forget.iter().copied().collect::<HashSet<_>>());
    assert_eq!(whole(&[12, 13, 10]).unwrap(), vec![1]);
    assert_eq!(whole(&[14, 15, 10, 11]).unwrap(), vec![0, 2, 4]);
    // A held-out sample that is to be forgotten says nothing of its class.
    assert_eq!(whole(&[11, 99]).unwrap(), Vec::<i64>::new());
}
