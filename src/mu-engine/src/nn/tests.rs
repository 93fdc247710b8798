//! Every network of the library against torchvision's, or its paper's, on the same weights (tests/parity/make_models.py).

use std::collections::BTreeMap;

use tch::{Device, Kind, Tensor};

use super::Network;
use crate::draw::Draws;

#[derive(serde::Deserialize)]
struct Expected {
    side: i64,
    classes: i64,
    parameters: f64,
    names: String,
    logits: Vec<f64>,
    largest: f64,
}

/// The graph of a model for colour images.
pub(crate) fn graph(model: &str, side: i64, classes: i64) -> mu_step::Shared<mu_step::LayerGraph> {
    graph_with("", model, side, classes)
}

/// The same with a declaration.
pub(crate) fn graph_with(
    declared: &str,
    model: &str,
    side: i64,
    classes: i64,
) -> mu_step::Shared<mu_step::LayerGraph> {
    graph_of(declared, model, [3, side], classes)
}

/// The same for images of so many channels and such a side.
pub(super) fn graph_of(
    declared: &str,
    model: &str,
    size: [i64; 2],
    classes: i64,
) -> mu_step::Shared<mu_step::LayerGraph> {
    graph_in("train = training(5 epochs)", declared, model, size, classes)
}

/// The same of a denoiser.
pub(super) fn denoiser_of(
    declared: &str,
    model: &str,
    size: [i64; 2],
    classes: i64,
) -> mu_step::Shared<mu_step::LayerGraph> {
    let fields = "train = training(5 epochs, loss: denoise(retain)) sample = euler \
                  judge = classifier(small_cnn, train: training(5 epochs))";
    graph_in(fields, declared, model, size, classes)
}

fn graph_in(
    fields: &str,
    declared: &str,
    model: &str,
    [channels, side]: [i64; 2],
    classes: i64,
) -> mu_step::Shared<mu_step::LayerGraph> {
    let each = |value: &str| vec![value; channels as usize].join(", ");
    let (mean, std) = (each("0.5"), each("0.2"));
    let text = format!(
        "{declared}\ndataset d {{ source = idx_files(\"x\") classes = {classes} channels = {channels} canvas = {side} px \
           normalize = channels(mean: [{mean}], std: [{std}]) }}\n\
         experiment e {{ data = d model = {model} {fields} forget = random(10%) unlearn = retrain measure = [rte] }}"
    );
    crate::texts::checked(&text).experiments[0].model[0].value[0].clone()
}

/// n numbers in −1..1, by position and stream.
pub(super) fn noise(n: i64, k: i64) -> Tensor {
    let x = (Tensor::arange(n, (Kind::Int64, Device::Cpu)) * 2_654_435_761i64 + (k * 40503 + 977))
        .remainder(1i64 << 32);
    let x = (x.bitwise_xor_tensor(&x.bitwise_right_shift_tensor_scalar(15)) * 1_540_483_477i64)
        .remainder(1i64 << 32);
    let x = x.bitwise_xor_tensor(&x.bitwise_right_shift_tensor_scalar(13));
    (x.to_kind(Kind::Double) / f64::from(1u32 << 31) - 1.0).to_kind(Kind::Float)
}

/// The weights of the fixture, and the names and shapes that they have.
pub(super) fn fill(network: &mut Network<'_>) -> String {
    let mut lines = Vec::new();
    for (k, (name, tensor)) in network.tensors.iter_mut().enumerate() {
        let shape = tensor.size();
        let v = noise(tensor.numel() as i64, k as i64).view(shape.as_slice());
        let v = if name.ends_with("running_var") {
            v * 0.2 + 1.0
        } else if shape.len() >= 2 && name.ends_with("weight") {
            v * (3.0 / (tensor.numel() as f64 / shape[0] as f64)).sqrt()
        } else if name.ends_with("weight") {
            v * 0.1 + 1.0
        } else {
            v * 0.1
        };
        *tensor = super::channels_last(v).unwrap();
        lines.push(format!("{name} {shape:?}"));
    }
    lines.join("\n")
}

#[test]
fn networks_are_torchvisions() {
    let fixture = include_str!("../../../../tests/parity/fixtures/models.json");
    let expected: BTreeMap<String, Expected> = serde_json::from_str(fixture).unwrap();
    let mut wrong = Vec::new();
    for (name, expected) in &expected {
        let graph = graph(name, expected.side, expected.classes);
        let counted = graph.footprint().parameters;
        assert_eq!(counted, expected.parameters, "parameters of {name}");
        let mut network = Network::fresh(&graph, Draws { seed: 0, stage: "test" }, Device::Cpu).unwrap();
        let names = fill(&mut network);
        assert_eq!(
            blake3::hash(names.as_bytes()).to_hex().as_str(),
            expected.names,
            "tensors of {name}:\n{names}"
        );
        let images =
            noise(2 * 3 * expected.side * expected.side, 1000).view([2, 3, expected.side, expected.side]);
        let logits = tch::no_grad(|| network.forward(&images, false)).unwrap();
        let logits = logits.narrow(1, 0, logits.size()[1].min(10)).to_kind(Kind::Double).reshape([-1]);
        let apart =
            (logits - Tensor::from_slice(&expected.logits)).abs().max().double_value(&[]) / expected.largest;
        if apart.is_nan() || apart >= 1e-5 {
            wrong.push(format!("{name}: {apart:e}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Fresh tensors follow their laws: torchvision's, layer by layer.
#[test]
fn fresh_weights_have_torchvisions_moments() {
    let spread = |model: &str, side: i64, tensor: &str| {
        let graph = graph(model, side, 10);
        let network = Network::fresh(&graph, Draws { seed: 1, stage: "test" }, Device::Cpu).unwrap();
        let values = &network.tensors[tensor];
        (values.std(true).double_value(&[]), values.abs().max().double_value(&[]))
    };
    let near = |value: f64, law: f64| (value / law - 1.0).abs() < 0.03;
    // kaiming_normal_(mode = "fan_out"): √(2 / (64 · 9)); PyTorch's linear: uniform in ±1/√512.
    assert!(near(spread("resnet18", 32, "layer1.0.conv1.weight").0, (2.0f64 / 576.0).sqrt()));
    let (std, most) = spread("resnet18", 32, "fc.weight");
    assert!(near(std, (1.0f64 / 3.0 / 512.0).sqrt()) && most <= (1.0f64 / 512.0).sqrt());
    // xavier_uniform_ of 192 → 576; trunc_normal_(std = 0.02) where the bounds ±2 are far.
    let (std, most) = spread("vit_small", 32, "encoder.layers.encoder_layer_0.self_attention.in_proj_weight");
    assert!(near(std, (2.0f64 / 768.0).sqrt()) && most <= (6.0f64 / 768.0).sqrt());
    assert!(near(spread("swin_t@imagenet", 224, "features.1.0.mlp.0.weight").0, 0.02));
    assert_eq!(spread("vit_small", 32, "heads.head.weight").1, 0.0);
}

#[test]
fn dropout_keeps_the_mean_and_is_drawn_anew_each_time() {
    let text = "model own { flatten -> dropout(0.25) -> fc: linear(classes) }";
    let graph = graph_with(text, "own", 8, 10);
    let mut network = Network::fresh(&graph, Draws { seed: 1, stage: "test" }, Device::Cpu).unwrap();
    let x = Tensor::ones([1, 40_000], (Kind::Float, Device::Cpu));
    let one = network.dropout(&x, 0.25, false).unwrap();
    let kept = one.gt(0.0).to_kind(Kind::Double).mean(Kind::Double).double_value(&[]);
    assert!((kept - 0.75).abs() < 0.01, "{kept}");
    assert!((one.max().double_value(&[]) - 4.0 / 3.0).abs() < 1e-6);
    assert!(!one.equal(&network.dropout(&x, 0.25, false).unwrap()), "masks differ");
    network.draw_from(Draws { seed: 0, stage: "dropout" });
    assert!(one.equal(&network.dropout(&x, 0.25, false).unwrap()), "and repeat from the start");
    let whole = network.dropout(&x.view([40_000, 1]).expand([40_000, 3], true), 0.5, true).unwrap();
    assert!(whole.narrow(1, 0, 1).equal(&whole.narrow(1, 1, 1)), "a sample is dropped as a whole");
}
