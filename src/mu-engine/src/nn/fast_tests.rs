//! Our kernels against ATen, on whole networks: outputs, gradients of every tensor, running statistics.

use mu_step::Precision;
use tch::{Device, Kind, Tensor};

use super::Network;
use super::tests::graph_with;
use crate::artefact::Tensors;
use crate::draw::Draws;

const DRAWS: Draws = Draws { seed: 5, stage: "fast" };

/// Every pattern that our kernels know: convolutions with and without normalisation, blocks with both kinds of shortcut.
const OWN: &str = "model own { conv1: conv(64) -> bn1: bn -> relu -> a: basic_block(64) -> b: basic_block_down(128) \
    -> c: conv(96, bias: true) -> relu -> d: conv(64) -> e: bn -> max_pool(2) -> f: basic_block_down(64) -> g: conv(64) -> h: bn \
    -> global_average_pool -> fc: linear(classes) }";

/// Tiles hang over the edge of the images: their side is odd in the middle.
const SIDE: i64 = 18;

fn own() -> mu_step::Shared<mu_step::LayerGraph> {
    graph_with(OWN, "own", SIDE, 7)
}

fn images(n: i64, side: i64) -> Tensor {
    let count = (n * 3 * side * side) as usize;
    let mut stream = DRAWS.stream("images", 0);
    let values: Vec<f32> = (0..count).map(|_| stream.normal() as f32).collect();
    Tensor::from_slice(&values).view([n, 3, side, side])
}

/// What a training step sees: the loss, the gradients, and the running statistics after it.
fn step(network: &Network<'_>, x: &Tensor) -> Tensors {
    let labels = Tensor::from_slice(&(0..x.size()[0]).map(|i| i % 7).collect::<Vec<i64>>());
    let names: Vec<&String> = network.tensors.keys().filter(|n| !n.contains("running_")).collect();
    let parameters: Vec<Tensor> = names.iter().map(|n| network.tensors[*n].set_requires_grad(true)).collect();
    let loss = network.forward(x, true).unwrap().cross_entropy_for_logits(&labels);
    let gradients = Tensor::run_backward(&[&loss], &parameters, false, false);
    let mut seen: Tensors = names.into_iter().cloned().zip(gradients).collect();
    seen.insert("loss".to_owned(), loss.detach());
    for (name, tensor) in network.tensors.iter().filter(|(n, _)| n.contains("running_")) {
        seen.insert(name.clone(), tensor.detach().copy());
    }
    parameters.iter().for_each(|p| drop(p.set_requires_grad(false)));
    seen
}

/// The largest distance of a tensor from its equal, by the size of that.
fn apart(a: &Tensors, b: &Tensors) -> (f64, String) {
    assert_eq!(a.len(), b.len());
    let of = |(name, t): (&String, &Tensor)| {
        let other = &b[name];
        assert_eq!((t.kind(), t.size()), (other.kind(), other.size()), "{name}");
        let size = other.to_kind(Kind::Double).norm().double_value(&[]).max(1e-9);
        ((t - other).to_kind(Kind::Double).norm().double_value(&[]) / size, name.clone())
    };
    a.iter().map(of).max_by(|a, b| a.0.total_cmp(&b.0)).unwrap()
}

/// A network twice: with our kernels and with ATen's.
fn both(graph: &mu_step::LayerGraph, precision: Precision) -> [Network<'_>; 2] {
    [true, false].map(|fast| {
        let mut network = Network::fresh(graph, DRAWS, Device::Cpu).unwrap();
        network.compute_in(precision).unwrap();
        network.fast = fast && network.fast;
        network
    })
}

#[test]
fn our_kernels_train_as_aten_does() {
    assert!(mu_kernels::are_used(), "SKIPPED: our kernels need AVX-512 with bfloat16");
    let graph = own();
    let x = images(16, SIDE);
    let [ours, atens] = both(&graph, Precision::Float32);
    let (ours, atens) = (step(&ours, &x), step(&atens, &x));
    let (far, name) = apart(&ours, &atens);
    // An activation that rounds to the other side of zero moves a gradient by a thousandth.
    assert!(far < 2e-2, "{name} is {far:e} apart");
    // bfloat16 has eight bits: what it does to gradients behind many layers is no smaller with ATen's kernels.
    let [ours, theirs] = both(&graph, Precision::Bf16).map(|network| step(&network, &x));
    let ((own, name), (other, _)) = (apart(&ours, &atens), apart(&theirs, &atens));
    assert!(own < 1.5 * other && own < 0.5, "{name} is {own:e} apart, with ATen's kernels {other:e}");
    let loss = |seen: &Tensors| seen["loss"].double_value(&[]);
    assert!((loss(&ours) - loss(&atens)).abs() < 0.01);
}

#[test]
fn folded_networks_say_the_same() {
    let graph = own();
    let x = images(6, SIDE);
    let mut network = Network::fresh(&graph, DRAWS, Device::Cpu).unwrap();
    // Statistics that are not those of the beginning.
    for _ in 0..3 {
        let _ = step(&network, &x);
    }
    let plain = network.forward(&x, false).unwrap();
    network.fold().unwrap();
    let folded = tch::no_grad(|| network.forward(&x, false)).unwrap();
    let far = (&folded - &plain).abs().max().double_value(&[]) / plain.abs().max().double_value(&[]);
    assert!(far < 1e-4, "{far:e}");
    assert_eq!(network.folded.is_empty(), !mu_kernels::are_used());
    let ours = by_input(&network, &x);
    network.folded.clear();
    assert_eq!(ours, by_input(&network, &x), "folded weights must not hide a gradient");
}

/// The same bytes every time.
#[test]
fn our_kernels_are_deterministic() {
    let graph = own();
    let x = images(9, SIDE);
    for threads in [1, 2] {
        tch::set_num_threads(threads);
        let [one, other] = [(); 2].map(|()| step(&Network::fresh(&graph, DRAWS, Device::Cpu).unwrap(), &x));
        assert!(one.len() > 30);
        one.iter()
            .for_each(|(name, t)| assert_eq!(bytes(t), bytes(&other[name]), "{name}, {threads} threads"));
    }
    tch::set_num_threads(1);
}

fn bytes(tensor: &Tensor) -> Vec<u32> {
    Vec::<f32>::try_from(tensor.reshape([-1])).unwrap().into_iter().map(f32::to_bits).collect()
}

/// Batches of a small network that are computed at once say what each says alone, on any number of threads.
#[test]
fn several_batches_at_once_are_those_one_by_one() {
    let graph = super::tests::graph("resnet20s", 32, 10);
    let x = images(45, 32);
    let mut network = Network::fresh(&graph, DRAWS, Device::Cpu).unwrap();
    network.fold().unwrap();
    tch::set_num_threads(1);
    let alone =
        x.split(16, 0).iter().map(|part| tch::no_grad(|| network.forward(part, false))).collect::<Vec<_>>();
    let alone: Vec<Tensor> = alone.into_iter().map(Result::unwrap).collect();
    let alone = bytes(&Tensor::cat(&alone, 0));
    for threads in [1, 2, 3] {
        tch::set_num_threads(threads);
        assert_eq!(bytes(&network.logits(&x).unwrap()), alone, "{threads} threads");
    }
    tch::set_num_threads(1);
    assert!(network.logits(&images(20, 32).narrow(1, 0, 2)).is_err(), "what libtorch refuses is an error");
}

/// What is not a number does not become one: a ReLU would hide that a model has diverged.
#[test]
fn what_is_not_a_number_stays_so() {
    let graph = own();
    let x = images(2, SIDE);
    let mut network = Network::fresh(&graph, DRAWS, Device::Cpu).unwrap();
    for name in ["a.conv1.weight", "a.bn1.weight"] {
        let _ = network.tensors[name].get(0).fill_(f64::NAN);
    }
    let seen = |network: &Network<'_>, training| {
        tch::no_grad(|| network.forward(&x, training)).unwrap().isnan().all()
    };
    for training in [true, false] {
        assert_eq!(seen(&network, training).int64_value(&[]), 1, "{training}");
    }
    network.fold().unwrap();
    assert_eq!(seen(&network, false).int64_value(&[]), 1, "folded");
}

/// Only what is asked for is computed: by the input alone, no weight has a gradient.
#[test]
fn gradients_by_the_input_alone() {
    let graph = own();
    let x = images(4, SIDE);
    let network = Network::fresh(&graph, DRAWS, Device::Cpu).unwrap();
    let plain = {
        let mut network = Network::fresh(&graph, DRAWS, Device::Cpu).unwrap();
        network.fast = false;
        by_input(&network, &x)
    };
    let ours = by_input(&network, &x);
    let far = (&ours - &plain).norm().double_value(&[]) / plain.norm().double_value(&[]);
    assert!(far < 1e-4, "{far:e}");
}

fn by_input(network: &Network<'_>, x: &Tensor) -> Tensor {
    let x = x.copy().set_requires_grad(true);
    let out = network.forward(&x, true).unwrap().square().sum(Kind::Float);
    Tensor::run_backward(&[out], &[&x], false, false).remove(0)
}

/// Shortcuts of few channels with a stride: with oneDNN's own kernel for their gradients the heap is damaged after a few steps, and the
/// process aborts. Gradients are those of float64, as a network of our layers and as a TorchScript module's convolution would have them.
#[test]
fn narrow_strided_shortcuts_stay_within_memory() {
    let text = "model narrow(width) { conv1: conv(width) -> bn1: bn -> relu -> a: basic_block_down(2 * width) \
        -> b: basic_block_down(3 * width) -> global_average_pool -> fc: linear(classes) }";
    for width in 1..9 {
        let graph = graph_with(text, &format!("narrow({width})"), 20, 7);
        let x = super::channels_last(images(8, 20)).unwrap();
        let mut exact = Network::fresh(&graph, DRAWS, Device::Cpu).unwrap();
        exact.fast = false;
        exact.tensors = exact.tensors.iter().map(|(n, t)| (n.clone(), t.to_kind(Kind::Double))).collect();
        let double = |seen: Tensors| -> Tensors {
            seen.into_iter().map(|(name, t)| (name, t.to_kind(Kind::Double))).collect()
        };
        let wants = double(step(&exact, &x.to_kind(Kind::Double)));
        for fast in [true, false] {
            for _ in 0..4 {
                let mut network = Network::fresh(&graph, DRAWS, Device::Cpu).unwrap();
                network.fast = fast && network.fast;
                // The scale of what is normalised again has no gradient: the largest one is the measure.
                let size = |t: &Tensor| t.norm().double_value(&[]);
                let most = wants.values().map(size).fold(0.0, f64::max);
                for (name, found) in double(step(&network, &x)) {
                    let far = size(&(&found - &wants[&name])) / most;
                    assert!(far < 1e-4, "width {width}, fast {fast}: {name} is {far:.1e} off");
                }
            }
        }
    }
}

/// Strides and paddings of every kind, as ATen computes them in float64.
#[test]
fn a_strided_one_by_one_convolution_takes_every_nth_pixel() {
    for (inputs, stride, padding, groups) in [(3, 2, 0, 1), (4, 3, 1, 1), (6, 2, 2, 3), (15, 2, 0, 1)] {
        assert!(super::forward::is_faulty(Device::Cpu, [inputs / groups, stride]));
        let text = format!(
            "model m {{ a: conv({inputs}, kernel: 3) -> b: conv(6, kernel: 1, stride: {stride}, padding: {padding}, groups: {groups}) \
             -> global_average_pool -> fc: linear(classes) }}"
        );
        let graph = graph_with(&text, "m", 9, 7);
        let network = Network::fresh(&graph, DRAWS, Device::Cpu).unwrap();
        let x = images(2, 9);
        let found = step(&network, &x);
        let tensor = |name: &str| network.tensors[name].to_kind(Kind::Double).set_requires_grad(true);
        let [a, b, w, bias] = ["a.weight", "b.weight", "fc.weight", "fc.bias"].map(tensor);
        let y = x.to_kind(Kind::Double).conv2d(&a, None::<Tensor>, 1, 1, 1, 1);
        let y = y.conv2d(&b, None::<Tensor>, stride, padding, 1, groups).mean_dim(
            [2i64, 3].as_slice(),
            false,
            None,
        );
        let labels = Tensor::from_slice(&[0i64, 1]);
        let loss = y.linear(&w, Some(&bias)).cross_entropy_for_logits(&labels);
        let wants = Tensor::run_backward(&[&loss], &[&a, &b, &w, &bias], false, false);
        for (name, want) in ["a.weight", "b.weight", "fc.weight", "fc.bias"].iter().zip(&wants) {
            let far = (&found[*name] - want).norm().double_value(&[]) / want.norm().double_value(&[]);
            assert!(far < 1e-4, "{name}: {far:.1e} off");
        }
    }
}
