//! Against PyTorch and torchvision (`tests/parity/make_recipes.py`), and what is kept of a training.

use std::collections::BTreeMap;

use mu_step::{Action, Procedure};
use serde::Deserialize;
use tch::{Device, Kind};

use super::super::interpret::Interpreter;
use super::super::toy::{data, graph};
use super::super::{draws_of, start};
use super::*;

#[derive(Deserialize)]
struct Fixture {
    smoothing: Vec<Smoothing>,
    mixed: Vec<MixedCase>,
    averages: Vec<Averages>,
}

#[derive(Deserialize)]
struct Smoothing {
    smoothing: f64,
    loss: f64,
}

#[derive(Deserialize)]
struct MixedCase {
    kind: String,
    share: f64,
    at: [i64; 2],
    images: Vec<f64>,
    loss: f64,
}

#[derive(Deserialize)]
struct Averages {
    decay: f64,
    after: BTreeMap<String, Vec<f64>>,
}

fn fixture() -> Fixture {
    serde_json::from_str(include_str!("../../../../../tests/parity/fixtures/recipes.json")).unwrap()
}

fn fill(shape: &[i64], phase: f64) -> Tensor {
    let n = shape.iter().product::<i64>();
    (Tensor::arange(n, (Kind::Double, Device::Cpu)) * 0.37 + phase).sin().view(shape)
}

/// (1 − ε) · cross-entropy + ε · cross-entropy with every class alike: the two terms of a recipe with `label_smoothing`.
fn smoothed(logits: &Tensor, labels: &Tensor, smoothing: f64) -> f64 {
    let log_p = logits.log_softmax(-1, Kind::Double);
    let own = -log_p.gather(1, &labels.unsqueeze(1), false).mean(Kind::Double);
    let uniform = -log_p.mean(Kind::Double);
    ((1.0 - smoothing) * own + smoothing * uniform).double_value(&[])
}

#[test]
fn labels_are_smoothed_as_pytorch_does() {
    let (logits, labels) = (fill(&[4, 5], 0.2) * 3.0, Tensor::from_slice(&[0i64, 3, 1, 1]));
    for case in fixture().smoothing {
        assert!((smoothed(&logits, &labels, case.smoothing) - case.loss).abs() < 1e-12, "{}", case.smoothing);
    }
}

#[test]
fn batches_are_mixed_as_torchvision_does() {
    let (logits, labels) = (fill(&[4, 5], 0.2) * 3.0, Tensor::from_slice(&[0i64, 3, 1, 1]));
    let images = fill(&[4, 2, 6, 8], 0.0);
    let cases = fixture().mixed;
    assert!(cases.len() >= 8);
    for case in cases {
        let mixed = match case.kind.as_str() {
            "mixup" => Mixed::Mixup(case.share),
            _ => Mixed::Cutmix(Area::of(case.share, case.at, [6, 8])),
        };
        let found: Vec<f64> = Vec::try_from(mixed.images(&images).unwrap().flatten(0, -1)).unwrap();
        let off = found.iter().zip(&case.images).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(off < 1e-12, "{} {}: {off:e}", case.kind, case.share);
        let (own, other) =
            (smoothed(&logits, &labels, 0.1), smoothed(&logits, &rolled(&labels).unwrap(), 0.1));
        let loss = mixed.share() * own + (1.0 - mixed.share()) * other;
        assert!((loss - case.loss).abs() < 1e-6, "{} {}: {loss} {}", case.kind, case.share, case.loss);
    }
}

#[test]
fn weights_are_averaged_as_pytorch_does() {
    let shapes: [(&str, &[i64], f64); 6] = [
        ("0.weight", &[4, 3], 0.0),
        ("0.bias", &[4], 0.1),
        ("1.weight", &[4], 0.2),
        ("1.bias", &[4], 0.3),
        ("1.running_mean", &[4], 0.4),
        ("1.running_var", &[4], 0.5),
    ];
    for case in fixture().averages {
        let mut weights: Tensors =
            shapes.iter().map(|(n, s, p)| ((*n).to_owned(), fill(s, *p).copy())).collect();
        let mut mean = None;
        for step in 0..5 {
            for tensor in weights.values_mut() {
                *tensor = &*tensor + 0.1 * (&*tensor + f64::from(step)).cos();
            }
            average(&mut mean, &weights, case.decay).unwrap();
        }
        let mean = mean.unwrap();
        assert!(mean.keys().eq(case.after.keys()));
        for (name, expected) in case.after {
            let found: Vec<f64> = Vec::try_from(mean[&name].flatten(0, -1)).unwrap();
            let off = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(off < 1e-12, "{} {name}: {off:e}", case.decay);
        }
    }
}

#[test]
fn what_mixes_a_batch_is_drawn_by_its_place() {
    let both = Mix { mixup: Some(0.4), cutmix: Some(1.0) };
    let draws = Draws { seed: 1, stage: "test" };
    let draw = |at: usize| Mixed::draw(both, &mut draws.stream("mix", at), [6, 8]).unwrap();
    assert_eq!(draw(3), draw(3));
    let drawn: Vec<Mixed> = (0..400).map(draw).collect();
    let boxes = drawn.iter().filter(|m| matches!(m, Mixed::Cutmix(_))).count();
    assert!((160..240).contains(&boxes), "{boxes} of 400");
    assert!(drawn.iter().all(|m| (0.0..=1.0).contains(&m.share())));
    assert_eq!(Mixed::draw(Mix::default(), &mut draws.stream("mix", 0), [6, 8]), None);
}

/// A recipe's Retrain on the toy; the weights and validation accuracies after each epoch.
fn trained(recipe: &str) -> (Tensors, Vec<(Tensors, f64)>, usize) {
    let text = format!(
        "experiment e {{ data = digits model = small_cnn train = training(8 epochs, optimizer: sgd(lr: 0.3), batch: 16 samples, {recipe}) \
         forget = random(10%) unlearn = each [retrain, ft] measure = [ua] }}"
    );
    let procedure: Procedure =
        (*crate::texts::checked(&text).experiments[0].unlearn[0].value[0].procedure).clone();
    assert!(matches!(procedure.actions.as_slice(), [Action::Repeat(_)]));
    let (mut data, graph) = (data(), graph());
    (data.training, data.validation) = ((0..60).collect(), (60..80).collect());
    let draws = draws_of(&procedure, 3);
    let mut network = start(&procedure, None, &graph, draws, Device::Cpu).unwrap();
    let membership = Membership::none(&data);
    let mut epochs = Vec::new();
    let mut watch = |network: &Network<'_>| {
        let value = look(Gain::AccuracyOfAll, network, &data, &membership)?;
        epochs.push((copies(&network.tensors), value));
        Ok(())
    };
    let mut say = |_, _, _| {};
    let mut interpreter = Interpreter::new(&data, membership.clone(), Vec::new(), draws, &mut say).unwrap();
    interpreter.watch = Some(&mut watch);
    let (cost, _) = interpreter.run(&procedure, &mut network, None).unwrap();
    (network.tensors, epochs, cost.epochs as usize)
}

fn same(a: &Tensors, b: &Tensors) -> bool {
    a.iter().all(|(name, t)| Tensor::equal(t, &b[name]))
}

#[test]
fn the_first_of_the_best_epochs_is_kept() {
    let (kept, epochs, ran) = trained("keep: best(va@whole)");
    assert_eq!((ran, epochs.len()), (8, 8));
    let most = epochs.iter().map(|(_, value)| *value).fold(0.0, f64::max);
    let best = epochs.iter().position(|(_, value)| *value == most).unwrap();
    assert!(same(&kept, &epochs[best].0), "epoch {best}");
    let (last, plain, _) = trained("precision: float32");
    assert!(same(&last, &plain[7].0));
    assert!(plain.iter().zip(&epochs).all(|((a, _), (b, _))| same(a, b)), "looking changes nothing");
}

#[test]
fn a_training_ends_where_nothing_is_gained() {
    let (_, all, _) = trained("keep: best(va@whole)");
    let (kept, epochs, ran) = trained("keep: best(va@whole), patience: 2 epochs");
    let mut best = (f64::MIN, 0);
    let mut expected = all.len();
    for (at, (_, value)) in all.iter().enumerate() {
        if *value > best.0 {
            best = (*value, at);
        } else if at - best.1 >= 2 {
            expected = at + 1;
            break;
        }
    }
    assert_eq!((ran, epochs.len()), (expected, expected));
    assert!(expected < 8, "the toy stops gaining");
    assert!(same(&kept, &epochs[best.1].0));
}

#[test]
fn mixing_and_averaging_change_what_is_trained() {
    let (plain, ..) = trained("precision: float32");
    for recipe in
        ["mixup: 0.4", "cutmix: 1", "label_smoothing: 0.2", "keep: ema(0.9)", "loss: 2 * ce(retain)"]
    {
        let (other, ..) = trained(recipe);
        assert!(!same(&plain, &other), "{recipe}");
        assert!(same(&other, &trained(recipe).0), "{recipe}: again");
    }
    // A mean that keeps nothing is the last step's.
    assert!(same(&plain, &trained("keep: ema(0)").0));
}
