//! ResNet-18's training written out by hand on the same kernels: what the interpreter costs (`bench/run.py`).

use std::path::PathBuf;
use std::time::Instant;

use mu_kernels::{Momentum, Sizes};
use mu_step::{Precision, View};
use tch::{Device, Kind, Tensor};

use crate::artefact::Tensors;
use crate::data::Images;
use crate::draw::Draws;
use crate::nn::Network;

const DRAWS: Draws = Draws { seed: 0, stage: "train" };

fn conv(t: &Tensors, name: &str, x: &Tensor, stride: i64) -> Tensor {
    let weight = &t[&format!("{name}.weight")];
    let sizes = Sizes { stride, padding: weight.size()[2] / 2, groups: 1 };
    mu_kernels::convolution(x, weight, None, sizes, true).unwrap()
}

fn norm(t: &Tensors, name: &str, x: &Tensor, residual: Option<&Tensor>, relu: bool) -> Tensor {
    let part = |part: &str| &t[&format!("{name}.{part}")];
    let tensors = [part("weight"), part("bias"), part("running_mean"), part("running_var")];
    mu_kernels::normalisation(x, residual, tensors, [0.1, 1e-5], relu).unwrap()
}

fn block(t: &Tensors, name: &str, x: &Tensor, stride: i64) -> Tensor {
    let part = |part: &str| format!("{name}.{part}");
    let y = norm(t, &part("bn1"), &conv(t, &part("conv1"), x, stride), None, true);
    let y = conv(t, &part("conv2"), &y, 1);
    let beside = match stride {
        1 => x.shallow_clone(),
        _ => norm(t, &part("downsample.1"), &conv(t, &part("downsample.0"), x, stride), None, false),
    };
    norm(t, &part("bn2"), &y, Some(&beside), true)
}

#[test]
#[ignore = "prints figures; bench/run.py"]
fn resnet18_by_hand() {
    let folder = PathBuf::from(std::env::var("MU_BY_HAND").unwrap());
    let number = |name: &str| std::env::var(name).unwrap().parse::<i64>().unwrap();
    let (batch, epochs) = (number("MU_BATCH"), number("MU_EPOCHS"));
    crate::torch::start("cpu", number("MU_THREADS") as i32).unwrap();
    let (mut labels, mut pixels) = (Vec::new(), Vec::new());
    for part in 1..=5 {
        let bytes = std::fs::read(folder.join(format!("data_batch_{part}.bin"))).unwrap();
        for record in bytes.chunks_exact(3073) {
            labels.push(i64::from(record[0]));
            pixels.extend_from_slice(&record[1..]);
        }
    }
    let n = labels.len() as i64;
    let view = View {
        augment: Vec::new(),
        evaluate: Vec::new(),
        mean: vec![0.4914, 0.4822, 0.4465],
        std: vec![0.2470, 0.2435, 0.2616],
    };
    let bytes = Tensor::from_data_size(&pixels, &[n, 3, 32, 32], Kind::Uint8);
    let images = Images::new(bytes, Tensor::from_slice(&labels), &view, Kind::Float).unwrap();
    let graph = crate::nn::graph("resnet18", 32, 10);
    let mut network = Network::fresh(&graph, DRAWS, Device::Cpu).unwrap();
    network.compute_in(Precision::Auto).unwrap();
    let kind = network.computes_in();
    let t = &network.tensors;
    let names = t.keys().filter(|n| !n.contains("running_"));
    let parameters: Vec<Tensor> = names.map(|n| t[n].set_requires_grad(true)).collect();
    let parameters: Vec<&Tensor> = parameters.iter().collect();
    let velocities: Vec<Tensor> = parameters.iter().map(|p| p.detach().zeros_like()).collect();
    for epoch in 0..epochs {
        let begun = Instant::now();
        let order = DRAWS.stream("order", epoch as usize).permutation(n as usize);
        let order = Tensor::from_slice(&order.into_iter().map(|i| i as i64).collect::<Vec<_>>());
        let labels = images.labels.index_select(0, &order);
        let mut total = Tensor::zeros([], (Kind::Double, Device::Cpu));
        for at in (0..n).step_by(batch as usize) {
            let b = batch.min(n - at);
            let x = images.batch(&order.narrow(0, at, b), None).unwrap().to_kind(kind);
            let mut x = norm(t, "bn1", &conv(t, "conv1", &x, 1), None, true);
            for layer in 1..=4 {
                let stride = if layer == 1 { 1 } else { 2 };
                x = block(t, &format!("layer{layer}.0"), &x, stride);
                x = block(t, &format!("layer{layer}.1"), &x, 1);
            }
            let x = x.mean_dim([2i64, 3].as_slice(), false, None);
            let logits = x.linear(&t["fc.weight"].to_kind(kind), Some(t["fc.bias"].to_kind(kind)));
            let loss = logits.to_kind(Kind::Float).cross_entropy_for_logits(&labels.narrow(0, at, b));
            let gradients = Tensor::run_backward(&[&loss], &parameters, false, false);
            let momentum = Momentum { velocities: &velocities, share: 0.9 };
            mu_kernels::sgd(&parameters, &gradients, momentum, 0.01, 5e-4).unwrap();
            total += loss.detach().to_kind(Kind::Double) * b as f64;
        }
        let loss = total.double_value(&[]) / n as f64;
        println!("by hand: {} {loss}", begun.elapsed().as_secs_f64());
    }
}
