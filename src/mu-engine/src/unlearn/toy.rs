//! A data set and a network from closed formulas (tests/parity/make_methods.py has the same), and methods by their text.

use std::collections::BTreeMap;
use std::rc::Rc;

use mu_step::artefact::{Cost, Epoch};
use mu_step::{Function, Init, Layer, LayerGraph, LayerNode, Procedure, Shared, View};
use tch::{Device, Kind, Tensor};

use super::interpret::Interpreter;
use super::membership::Membership;
use super::{draws_of, start};
use crate::artefact::Tensors;
use crate::data::{Dataset, Images};
use crate::nn::Network;

pub(super) const SAMPLES: i64 = 80;
/// Behind them, samples that no training sees.
const UNSEEN: i64 = 16;
const SEED: u64 = 3;

/// 80 images of 1 × 8 × 8 in five classes, of which every fifth is forgotten, and 16 that validate; batches in float64.
pub(super) fn data() -> Dataset {
    let (n, side) = (SAMPLES + UNSEEN, 8);
    let mut pixels = Vec::new();
    for i in 0..n {
        for (y, x) in (0..side).flat_map(|y| (0..side).map(move |x| (y, x))) {
            let value = i * 53 + y * 31 * (1 + i % 7) + x * 17 * (1 + i % 5) + (i * y * x) % 29 * 9;
            pixels.push((value % 256) as u8);
        }
    }
    let labels: Vec<i64> = (0..n).map(|i| (i * 3 + i / 5) % 5).collect();
    let view = View { augment: Vec::new(), evaluate: Vec::new(), mean: vec![0.5], std: vec![0.25] };
    let part = |n: i64| {
        let images =
            Tensor::from_data_size(&pixels[..(n * side * side) as usize], &[n, 1, side, side], Kind::Uint8);
        Images::new(images, Tensor::from_slice(&labels[..n as usize]), &view, Kind::Double).unwrap()
    };
    Dataset {
        train: Rc::new(part(n)),
        test: Rc::new(part(10)),
        training: (0..SAMPLES).collect(),
        validation: (SAMPLES..n).collect(),
    }
}

pub(super) fn forget() -> Vec<i64> {
    (0..SAMPLES).filter(|i| i % 5 == 2).collect()
}

pub(super) fn graph() -> LayerGraph {
    let node = |name: &str, layer| LayerNode { name: name.to_owned(), layer };
    let (weight, bias) = (Init::HeFanOut, None);
    let conv = |inputs, outputs, stride| Layer::Conv {
        inputs,
        outputs,
        kernel: 3,
        stride,
        padding: 1,
        groups: 1,
        weight,
        bias,
    };
    let relu = Layer::Activation { function: Function::Relu };
    let nodes = vec![
        node("conv1", conv(1, 4, 1)),
        node("bn1", Layer::BatchNorm { channels: 4 }),
        node("", relu.clone()),
        node("conv2", conv(4, 6, 2)),
        node("bn2", Layer::BatchNorm { channels: 6 }),
        node("", relu.clone()),
        node("", Layer::GlobalAveragePool { image: true }),
        node("fc", Layer::Linear { inputs: 6, outputs: 5, weight: Init::FanIn, bias: Some(Init::FanIn) }),
    ];
    LayerGraph { input: [1, 8, 8], nodes }
}

/// Weights from a flat list, tensors by name.
pub(super) fn weights(flat: &[f64]) -> Tensors {
    let graph = graph();
    let fresh = Network::fresh(&graph, crate::draw::Draws { seed: SEED, stage: "toy" }, Device::Cpu).unwrap();
    let shapes: BTreeMap<String, Vec<i64>> =
        fresh.tensors.iter().map(|(n, t)| (n.clone(), t.size())).collect();
    let mut at = 0;
    let mut cut = |(name, shape): (String, Vec<i64>)| {
        let n = shape.iter().product::<i64>() as usize;
        let tensor = Tensor::from_slice(&flat[at..at + n]).view(shape.as_slice());
        at += n;
        (name, tensor)
    };
    shapes.into_iter().map(&mut cut).collect()
}

/// The starting weights that the fixture states.
pub(super) fn original() -> Tensors {
    weights(&fixture()["original"])
}

/// What plain PyTorch makes of the methods of `statements.rs`.
pub(super) fn statements() -> BTreeMap<String, Vec<f64>> {
    serde_json::from_str(include_str!("../../../../tests/parity/fixtures/statements.json")).unwrap()
}

/// The weights that PyTorch's loops reach.
pub(super) fn fixture() -> BTreeMap<String, Vec<f64>> {
    let read = |text: &str| -> BTreeMap<String, Vec<f64>> { serde_json::from_str(text).unwrap() };
    let mut all = read(include_str!("../../../../tests/parity/fixtures/methods.json"));
    all.extend(read(include_str!("../../../../tests/parity/fixtures/published.json")));
    all
}

/// The procedures of methods, as an experiment has them; `text` may declare more.
pub(super) fn methods(text: &str, calls: &[&str]) -> Vec<Shared<Procedure>> {
    let text = format!(
        "{text}\nexperiment e {{ data = digits model = small_cnn train = training(5 epochs, optimizer: sgd(lr: 0.05), batch: 16 samples) \
         forget = random(10%) unlearn = each [{}] measure = [ua] }}",
        calls.join(", ")
    );
    crate::texts::checked(&text).experiments[0].unlearn.iter().map(|a| a.value[0].procedure.clone()).collect()
}

pub(super) fn method(call: &str) -> Shared<Procedure> {
    methods("", &[call]).remove(0)
}

/// What a procedure makes of the original weights in float64.
pub(super) fn run(procedure: &Procedure, membership: Membership) -> (Tensors, Cost) {
    run_parts(procedure, membership, Vec::new())
}

/// The same where the procedure speaks of parts of the forget set.
pub(super) fn run_parts(
    procedure: &Procedure,
    membership: Membership,
    parts: Vec<Vec<i64>>,
) -> (Tensors, Cost) {
    let (tensors, cost, _) = run_on((&graph(), &original()), procedure, membership, parts);
    (tensors, cost)
}

/// The same of another network: what it makes, and what is said of its epochs.
pub(super) fn run_on(
    (graph, original): (&LayerGraph, &Tensors),
    procedure: &Procedure,
    membership: Membership,
    parts: Vec<Vec<i64>>,
) -> (Tensors, Cost, Vec<Epoch>) {
    let data = data();
    let teacher: Tensors = original.iter().map(|(name, t)| (name.clone(), t.copy())).collect();
    let draws = draws_of(procedure, SEED);
    let mut network = start(procedure, Some(&teacher), graph, draws, Device::Cpu).unwrap();
    for tensor in network.tensors.values_mut() {
        *tensor = tensor.to_kind(Kind::Double);
    }
    let mut say = |_, _, _| {};
    let interpreter = Interpreter::new(&data, membership, parts, draws, &mut say).unwrap();
    let (cost, log) = interpreter.run(procedure, &mut network, Some(&teacher)).unwrap();
    // No method touches its teacher.
    assert!(distance(&teacher, original) == 0.0);
    (network.tensors, cost, log)
}

/// The same on the toy's own forget set.
pub(super) fn unlearned(procedure: &Procedure) -> Tensors {
    run(procedure, Membership::of(&data(), &forget())).0
}

/// The largest difference between entries, relative to the larger of the entry and a hundredth.
pub(super) fn distance(a: &Tensors, b: &Tensors) -> f64 {
    assert!(a.keys().eq(b.keys()), "{:?} and {:?}", a.keys(), b.keys());
    a.iter().fold(0.0, |most, (name, a)| {
        let scale = b[name].abs().clamp_min(0.01);
        f64::max(most, ((a - &b[name]).abs() / scale).max().double_value(&[]))
    })
}
