//! Denoisers: what their layers compute, by hand; that every path through them comes to the same; and the library's against the
//! same networks in PyTorch (tests/parity/make_denoisers.py).

use std::collections::BTreeMap;

use mu_step::{Precision, Task};
use tch::{Device, Kind, Tensor};

use super::tests::{denoiser_of, fill, graph_with, noise};
use super::{Given, Network};
use crate::draw::Draws;

const DRAWS: Draws = Draws { seed: 3, stage: "denoiser" };
const CLASSES: i64 = 4;

/// Every layer of denoisers: a U-Net of one level, with tokens in the middle.
const OWN: &str = "model own {
  remember(\"time\", of: (time: (time_embedding(16, scale: 100) -> linear(32) -> silu)))
    -> remember(\"both\", of: concat([recall(\"time\"), (label: label_embedding(8))]))
    -> first: conv(16) -> remember(\"skip\", of: (side: conv(8)))
    -> down: (pad(right: 1, bottom: 1) -> conv(32, stride: 2, padding: 0, bias: true))
    -> residual(body: (norm: group_norm(4, eps: 1e-6) -> a: conv(32) -> bn: bn -> relu
         -> shift(of: (moved: (recall(\"both\") -> linear(32)))) -> b: conv(32)))
    -> patches(2) -> rows: linear(48)
    -> residual(body: (layer_norm(1e-6, affine: false) -> modulate(of: (film: (recall(\"both\") -> linear(96))))
         -> mix: linear(48) -> gate(of: (open: (recall(\"time\") -> linear(48))))))
    -> back: linear(128) -> unpatch(2)
    -> upsample -> concat([identity, recall(\"skip\")]) -> out: conv(channels, bias: true)
}";

fn own() -> mu_step::Shared<mu_step::LayerGraph> {
    denoiser_of(OWN, "own", [3, 12], CLASSES)
}

fn numbers(shape: &[i64], index: usize) -> Tensor {
    let mut stream = DRAWS.stream("numbers", index);
    let values: Vec<f32> = (0..shape.iter().product::<i64>()).map(|_| stream.normal() as f32).collect();
    Tensor::from_slice(&values).view(shape)
}

fn given(n: i64) -> Given {
    let condition: Vec<i64> = (0..n).map(|i| i % (CLASSES + 1)).collect();
    Given { time: numbers(&[n], 7).sigmoid(), condition: Tensor::from_slice(&condition) }
}

fn apart(a: &Tensor, b: &Tensor) -> f64 {
    let size = b.to_kind(Kind::Double).norm().double_value(&[]);
    (a - b).to_kind(Kind::Double).norm().double_value(&[]) / size
}

#[test]
fn a_denoiser_is_told_by_its_end() {
    let graph = own();
    assert_eq!((graph.task(), graph.conditions()), (Task::Denoise, CLASSES));
    let network = Network::fresh(&graph, DRAWS, Device::Cpu).unwrap();
    assert_eq!(network.classes(), CLASSES as usize);
    assert_eq!(network.tensors["label.weight"].size(), [CLASSES + 1, 8]);
    let classifier = graph_with("", "small_cnn", 8, 7);
    assert_eq!(classifier.task(), Task::Classify { classes: 7 });
}

/// The network, written out in libtorch's operations.
fn by_hand(network: &Network<'_>, x: &Tensor, given: &Given, training: bool) -> Tensor {
    let t = |name: &str| &network.tensors[name];
    let linear =
        |x: &Tensor, name: &str| x.linear(t(&format!("{name}.weight")), Some(t(&format!("{name}.bias"))));
    let conv = |x: &Tensor, name: &str, stride: i64, padding: i64| {
        let bias = network.tensors.get(&format!("{name}.bias"));
        x.conv2d(t(&format!("{name}.weight")), bias, stride, padding, 1, 1)
    };
    let speeds =
        Tensor::from_slice(&(0..8).map(|i| 100.0 * 1e4f64.powf(-f64::from(i) / 7.0)).collect::<Vec<_>>());
    let angles = given.time.unsqueeze(1) * speeds.to_kind(given.time.kind()).unsqueeze(0);
    let time = linear(&Tensor::cat(&[angles.sin(), angles.cos()], 1), "time.0").silu();
    let label = t("label.weight").index_select(0, &given.condition);
    let both = Tensor::cat(&[&time, &label], 1);
    let first = conv(x, "first", 1, 1);
    let skip = conv(&first, "side", 1, 1);
    let h = conv(&first.constant_pad_nd([0, 1, 0, 1]), "down.0", 2, 0);
    let g = h.group_norm(4, Some(t("norm.weight")), Some(t("norm.bias")), 1e-6, true);
    let g = conv(&g, "a", 1, 1).batch_norm(
        Some(t("bn.weight")),
        Some(t("bn.bias")),
        Some(t("bn.running_mean")),
        Some(t("bn.running_var")),
        training,
        0.1,
        1e-5,
        false,
    );
    let g = g.relu() + linear(&both, "moved.0").unsqueeze(-1).unsqueeze(-1);
    let h = h + conv(&g, "b", 1, 1);
    // Patches of 2 × 2, by channel, row, column.
    let rows =
        linear(&h.view([-1, 32, 3, 2, 3, 2]).permute([0, 2, 4, 1, 3, 5]).reshape([-1, 3, 3, 128]), "rows");
    let film = linear(&both, "film.0").view([-1, 1, 1, 96]);
    let normal = rows.layer_norm([48], None::<Tensor>, None::<Tensor>, 1e-6, false);
    let mixed = linear(&(normal * (film.narrow(3, 0, 48) + 1.0) + film.narrow(3, 48, 48)), "mix");
    let rows = rows + mixed * linear(&time, "open.0").view([-1, 1, 1, 48]);
    let h =
        linear(&rows, "back").view([-1, 3, 3, 32, 2, 2]).permute([0, 3, 1, 4, 2, 5]).reshape([-1, 32, 6, 6]);
    let h = h.unsqueeze(3).unsqueeze(5).expand([-1, 32, 6, 2, 6, 2], false).reshape([-1, 32, 12, 12]);
    conv(&Tensor::cat(&[h, skip], 1), "out", 1, 1)
}

/// The numbers of a training step: the loss, the gradient of every parameter, and the statistics behind it.
fn step(network: &Network<'_>, predict: impl Fn() -> Tensor) -> crate::artefact::Tensors {
    let names: Vec<&String> = network.tensors.keys().filter(|n| !n.contains("running_")).collect();
    let parameters: Vec<Tensor> = names.iter().map(|n| network.tensors[*n].set_requires_grad(true)).collect();
    let loss = predict().square().mean(Kind::Double);
    let gradients = Tensor::run_backward(&[&loss], &parameters, false, false);
    parameters.iter().for_each(|p| drop(p.set_requires_grad(false)));
    let mut seen: crate::artefact::Tensors = names.into_iter().cloned().zip(gradients).collect();
    seen.insert("loss".to_owned(), loss.detach());
    for (name, tensor) in network.tensors.iter().filter(|(n, _)| n.contains("running_")) {
        seen.insert(name.clone(), tensor.detach().copy());
    }
    seen
}

#[test]
fn layers_of_denoisers_compute_what_they_say() {
    let graph = own();
    let (x, given) = (numbers(&[5, 3, 12, 12], 0).to_kind(Kind::Double), given(5));
    let given = Given { time: given.time.to_kind(Kind::Double), ..given };
    let fresh = || {
        let mut network = Network::fresh(&graph, DRAWS, Device::Cpu).unwrap();
        network.compute_in(Precision::Float64).unwrap();
        network
    };
    let (ours, other) = (fresh(), fresh());
    let made = ours.predict(&x, &given, false).unwrap();
    assert_eq!(made.size(), x.size());
    assert!(apart(&made, &by_hand(&other, &x, &given, false)) < 1e-12);
    let (ours, hand) = (
        step(&ours, || ours.predict(&x, &given, true).unwrap()),
        step(&other, || by_hand(&other, &x, &given, true)),
    );
    for (name, tensor) in &ours {
        let far = apart(tensor, &hand[name]);
        assert!(far < 1e-11, "{name} is {far:e} apart");
    }
}

/// Folds however small it is, where our kernels serve.
fn fold(network: &mut Network<'_>) {
    let mut folded = super::block::Folded::new();
    if network.fast {
        tch::no_grad(|| network.fold_nodes(&network.graph.nodes, &mut folded)).unwrap();
        assert_eq!(folded.len(), 6, "convolutions");
    }
    network.folded = folded;
}

/// Our kernels, folded convolutions, several batches side by side and bfloat16 come to what plain operations do.
#[test]
fn every_path_through_a_denoiser_is_the_same_function() {
    let graph = own();
    let (x, given) = (numbers(&[37, 3, 12, 12], 1), given(37));
    let mut network = Network::fresh(&graph, DRAWS, Device::Cpu).unwrap();
    let plain = by_hand(&network, &x, &given, false);
    let near = |made: &Tensor, bound: f64, what: &str| {
        let far = apart(made, &plain);
        assert!(far < bound, "{what}: {far:e}");
    };
    near(&network.predict(&x, &given, false).unwrap(), 1e-5, "layer by layer");
    let at = 20;
    let [few, times] = [x.narrow(0, at, 1), given.time.narrow(0, at, 1)];
    let alone = Given { time: times, condition: given.condition.narrow(0, at, 1) };
    assert!(apart(&network.predict(&few, &alone, false).unwrap(), &plain.narrow(0, at, 1)) < 1e-5);
    near(&network.predictions(&x, &given).unwrap(), 1e-5, "side by side");
    fold(&mut network);
    near(&network.predictions(&x, &given).unwrap(), 1e-5, "folded");
    network.compute_in(Precision::Bf16).unwrap();
    fold(&mut network);
    near(&network.predict(&x, &given, false).unwrap(), 2e-2, "bfloat16");
    let error = network.forward(&x, false).unwrap_err().to_string();
    assert!(error.contains("without a time and a condition"), "{error}");
}

#[test]
fn our_kernels_train_a_denoiser_as_libtorch_does() {
    let graph = own();
    let (x, given) = (numbers(&[16, 3, 12, 12], 2), given(16));
    let fresh = || Network::fresh(&graph, DRAWS, Device::Cpu).unwrap();
    let (ours, other) = (fresh(), fresh());
    let (ours, hand) = (
        step(&ours, || ours.predict(&x, &given, true).unwrap()),
        step(&other, || by_hand(&other, &x, &given, true)),
    );
    for (name, tensor) in &ours {
        let far = apart(tensor, &hand[name]);
        assert!(far < 1e-3, "{name} is {far:e} apart");
    }
}

#[derive(serde::Deserialize)]
struct Expected {
    channels: i64,
    side: i64,
    classes: i64,
    last: f64,
    parameters: f64,
    names: String,
    outputs: Vec<f64>,
    largest: f64,
}

/// Some of the outputs of three images, the last one without a condition.
fn outputs(network: &Network<'_>, expected: &Expected) -> Vec<f64> {
    let Expected { channels, side, classes, last, .. } = *expected;
    let images =
        noise(3 * channels * side * side, 1000).view([3, channels, side, side]).to_kind(Kind::Double);
    let time = Tensor::from_slice(&[0.0, 0.37, 1.0].map(|t: f64| t * last));
    let given = Given { time, condition: Tensor::from_slice(&[0, classes - 1, classes]) };
    let made = tch::no_grad(|| network.predict(&images, &given, false)).unwrap();
    assert_eq!(made.size(), images.size());
    let made: Vec<f64> = made.reshape([-1]).try_into().unwrap();
    (0..expected.outputs.len()).map(|i| made[i * 7919 % made.len()]).collect()
}

#[test]
fn denoisers_of_the_library_are_pytorchs() {
    let fixture = include_str!("../../../../tests/parity/fixtures/denoisers.json");
    let expected: BTreeMap<String, Expected> = serde_json::from_str(fixture).unwrap();
    let mut wrong = Vec::new();
    for (model, expected) in &expected {
        let graph = denoiser_of("", model, [expected.channels, expected.side], expected.classes);
        assert_eq!(graph.task(), Task::Denoise);
        assert_eq!(graph.footprint().parameters, expected.parameters, "parameters of {model}");
        let mut names: Vec<String> = graph
            .parts()
            .iter()
            .flat_map(|part| &part.tensors)
            .map(|t| format!("{} {:?}", t.name, t.shape))
            .collect();
        names.sort_by(|a, b| a.split(' ').next().cmp(&b.split(' ').next()));
        let digest = blake3::hash(names.join("\n").as_bytes());
        assert_eq!(digest.to_hex().as_str(), expected.names, "tensors of {model}:\n{}", names.join("\n"));
        if expected.outputs.is_empty() {
            continue;
        }
        let mut network = Network::fresh(&graph, DRAWS, Device::Cpu).unwrap();
        fill(&mut network);
        network.compute_in(Precision::Float64).unwrap();
        let made = outputs(&network, expected);
        let apart = made.iter().zip(&expected.outputs).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        if apart.is_nan() || apart >= 1e-9 * expected.largest {
            wrong.push(format!("{model}: {apart:e} of {}", expected.largest));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Seconds of a training step without its optimizer: forward pass, mean squared error, gradients of all parameters.
#[test]
#[ignore = "prints figures; tests/parity/make_denoisers.py --time"]
fn steps_of_a_small_unet() {
    let of = |name: &str, or: i64| std::env::var(name).map_or(or, |n| n.parse().unwrap());
    crate::torch::start("cpu", of("MU_THREADS", 1) as i32).unwrap();
    let batch = of("MU_BATCH", 64);
    let graph = denoiser_of("", "unet", [1, 28], 10);
    let (x, wants) = (numbers(&[batch, 1, 28, 28], 4), numbers(&[batch, 1, 28, 28], 5));
    let condition: Vec<i64> = (0..batch).map(|i| i % 11).collect();
    let given = Given { time: numbers(&[batch], 6).sigmoid(), condition: Tensor::from_slice(&condition) };
    for precision in [Precision::Float32, Precision::Bf16] {
        let mut network = Network::fresh(&graph, DRAWS, Device::Cpu).unwrap();
        network.compute_in(precision).unwrap();
        let parameters: Vec<Tensor> =
            network.tensors.values().map(|parameter| parameter.set_requires_grad(true)).collect();
        let mut seconds: Vec<f64> = (0..of("MU_ROUND", 15))
            .map(|_| {
                let start = std::time::Instant::now();
                let made = network.predict(&x, &given, true).unwrap();
                let loss = (made - &wants).square().mean(Kind::Float);
                let gradients = Tensor::run_backward(&[&loss], &parameters, false, false);
                assert_eq!(gradients.len(), parameters.len());
                start.elapsed().as_secs_f64()
            })
            .collect();
        seconds.sort_by(f64::total_cmp);
        println!("mu {precision:?} least {:.4} median {:.4}", seconds[0], seconds[seconds.len() / 2]);
    }
}
