//! Networks, losses' gradients and update rules against PyTorch (tests/parity/make_training.py).

use std::collections::BTreeMap;

use mu_step::{Function, Init, Layer, LayerGraph, LayerNode, ParameterSet, Rule};
use tch::{Device, Kind, Tensor};

use super::entries::Moving;
use super::optimizer::{Optimizer, gradient};
use crate::draw::Draws;
use crate::nn::Network;

#[derive(serde::Deserialize)]
struct Expected {
    logits: Vec<f64>,
    losses: Vec<f64>,
    norms: BTreeMap<String, f64>,
}

const RELU: Layer = Layer::Activation { function: Function::Relu };

fn node(name: &str, layer: Layer) -> LayerNode {
    LayerNode { name: name.to_owned(), layer }
}

fn conv(name: &str, inputs: i64, outputs: i64, stride: i64) -> LayerNode {
    let (weight, bias) = (Init::HeFanOut, None);
    node(name, Layer::Conv { inputs, outputs, kernel: 3, stride, padding: 1, groups: 1, weight, bias })
}

fn block(name: &str, inputs: i64, outputs: i64, stride: i64) -> Vec<LayerNode> {
    let at = |part: &str| format!("{name}.{part}");
    let body = vec![
        conv(&at("conv1"), inputs, outputs, stride),
        node(&at("bn1"), Layer::BatchNorm { channels: outputs }),
        node("", RELU),
        conv(&at("conv2"), outputs, outputs, 1),
        node(&at("bn2"), Layer::BatchNorm { channels: outputs }),
    ];
    let more = outputs - inputs;
    let pad = Layer::PadShortcut { stride, before: more / 2, after: more - more / 2 };
    let shortcut = if stride > 1 || more > 0 { vec![node("", pad)] } else { Vec::new() };
    vec![node("", Layer::Residual { body, shortcut }), node("", RELU)]
}

fn graph() -> LayerGraph {
    let w = 4;
    let mut nodes =
        vec![conv("conv1", 1, w, 1), node("bn1", Layer::BatchNorm { channels: w }), node("", RELU)];
    for (stage, (inputs, outputs, stride)) in
        [(w, w, 1), (w, 2 * w, 2), (2 * w, 4 * w, 2)].into_iter().enumerate()
    {
        nodes.extend(block(&format!("layer{}.0", stage + 1), inputs, outputs, stride));
        nodes.extend(block(&format!("layer{}.1", stage + 1), outputs, outputs, 1));
    }
    nodes.extend([
        node("", Layer::GlobalAveragePool { image: true }),
        node(
            "linear",
            Layer::Linear { inputs: 4 * w, outputs: 10, weight: Init::FanIn, bias: Some(Init::FanIn) },
        ),
    ]);
    LayerGraph { input: [1, 8, 8], nodes }
}

fn fill(n: i64, phase: f64) -> Tensor {
    (Tensor::arange(n, (Kind::Double, Device::Cpu)) * 0.37 + phase).sin()
}

fn check(rule: Rule, lr: f64, near: f64, expected: &Expected) {
    let graph = graph();
    let mut network = Network::fresh(&graph, Draws { seed: 0, stage: "test" }, Device::Cpu).unwrap();
    let names: Vec<String> = network.tensors.keys().filter(|n| !n.contains("running_")).cloned().collect();
    for (i, name) in names.iter().enumerate() {
        let tensor = network.tensors.get_mut(name).unwrap();
        let value = fill(tensor.numel() as i64, i as f64).view(tensor.size().as_slice()) * 0.3;
        let scale = name.contains("bn") && name.ends_with("weight");
        tensor.copy_(&if scale { value * 0.3 + 1.0 } else { value }.to_kind(Kind::Float));
    }
    let batch = |k: i64| {
        let images = fill(16 * 64, 10.0 + k as f64).view([16, 1, 8, 8]).to_kind(Kind::Float);
        (images, (Tensor::arange(16, (Kind::Int64, Device::Cpu)) * (k + 3)).remainder(10))
    };
    let logits = network.forward(&batch(0).0, false).unwrap();
    for (i, want) in expected.logits.iter().enumerate() {
        let got = logits.double_value(&[i as i64 / 10, i as i64 % 10]);
        assert!((got - want).abs() < 1e-5, "logit {i}: {got} and {want}");
    }
    let moving: Vec<Moving> = names
        .iter()
        .map(|n| Moving {
            name: n.clone(),
            tensor: network.tensors[n].set_requires_grad(true),
            mask: None,
            factor: None,
        })
        .collect();
    let mut optimizer = Optimizer::new(rule);
    for (k, want) in expected.losses.iter().enumerate() {
        let (images, labels) = batch(k as i64);
        let loss = network.forward(&images, true).unwrap().cross_entropy_for_logits(&labels);
        let got = loss.double_value(&[]);
        assert!((got - want).abs() < 2e-5 * want, "loss {k}: {got} and {want}");
        optimizer.step(gradient(&loss, &moving).unwrap(), lr, None, &moving).unwrap();
    }
    assert_eq!(network.tensors.len(), expected.norms.len());
    for (name, want) in &expected.norms {
        let got = network.tensors[name].to_kind(Kind::Double).abs().sum(Kind::Double).double_value(&[]);
        assert!((got - want).abs() < near * want.max(1.0), "{name}: {got} and {want}");
    }
}

#[test]
fn three_steps_are_pytorchs() {
    let text = include_str!("../../../../tests/parity/fixtures/training.json");
    let mut fixture: BTreeMap<String, serde_json::Value> = serde_json::from_str(text).unwrap();
    let mut take = |name: &str| serde_json::from_value(fixture.remove(name).unwrap()).unwrap();
    check(Rule::sgd(0.9, 5e-4), 0.05, 2e-5, &take("sgd"));
    // A gradient that is nothing but rounding has a sign all the same: one in a thousand is another in float32.
    check(Rule::SignSgd, 1e-3, 2e-4, &take("sign_sgd"));
}

#[test]
fn parameter_sets_count_heavy_layers_from_either_end() {
    let graph = graph();
    let network = Network::fresh(&graph, Draws { seed: 0, stage: "test" }, Device::Cpu).unwrap();
    let count = |set| network.graph().parameters(&set).unwrap().len();
    assert_eq!(count(ParameterSet::Last { layers: 1 }), 2, "the linear layer's weight and bias");
    assert_eq!(count(ParameterSet::Last { layers: 2 }), 5, "and the last convolution with its batch norm");
    assert_eq!(count(ParameterSet::First { layers: 1 }), 3);
    assert_eq!(
        count(ParameterSet::First { layers: 1 }) + count(ParameterSet::Last { layers: 13 }),
        count(ParameterSet::All)
    );
}

/// `other` never draws the true label and draws the others equally often; `random` may draw it.
#[test]
fn labels_follow_their_law() {
    let mut stream = Draws { seed: 7, stage: "test" }.stream("labels", 0);
    let mut counts = |other| {
        let mut counts = [0usize; 5];
        (0..20_000).for_each(|_| counts[super::drawn::one(other, 3, 5, &mut stream) as usize] += 1);
        counts
    };
    let (other, random) = (counts(true), counts(false));
    assert_eq!(other[3], 0);
    // Five standard deviations around 5 000 and around 4 000.
    assert!([0, 1, 2, 4].iter().all(|c| other[*c].abs_diff(5000) < 310), "{other:?}");
    assert!(random.iter().all(|c| c.abs_diff(4000) < 285), "{random:?}");
}
