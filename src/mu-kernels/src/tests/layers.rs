//! Layers against ATen in float64, on any number of threads, and the other way to gather.

use tch::{Device, Kind, Tensor};

use super::{bytes, channels_last, draw, ints};
use crate::{Sizes, are_used, convolution, gather, normalisation};

fn double(t: &Tensor) -> Tensor {
    t.to_kind(Kind::Double)
}

/// How far from the exact tensor, by its size.
fn apart(a: &Tensor, exact: &Tensor) -> f64 {
    ((double(a) - exact).norm() / exact.norm()).double_value(&[])
}

#[test]
fn convolutions_are_those_of_aten() {
    for (inputs, outputs, side, stride, kernel) in
        // Tiles that fit and that hang over, panels of 32 and of 16, weights that a cache holds and that it does not, no kernel.
        [
            (64, 96, 9, 1, 3),
            (128, 64, 6, 1, 3),
            (16, 48, 8, 1, 3),
            (48, 16, 2, 1, 3),
            (416, 416, 4, 1, 3),
            (64, 64, 8, 2, 3),
            (32, 48, 4, 2, 1),
        ]
    {
        let x = channels_last(&draw(&[5, inputs, side, side], 1)).set_requires_grad(true);
        let w = channels_last(&draw(&[outputs, inputs, kernel, kernel], 2)).set_requires_grad(true);
        let bias = draw(&[outputs], 3).set_requires_grad(true);
        let sizes = Sizes { stride, padding: kernel / 2, groups: 1 };
        let all = [&x, &w, &bias];
        let of = |kind: Kind| {
            let y = match kind {
                Kind::Double => double(&x).conv2d(&double(&w), Some(double(&bias)), stride, kernel / 2, 1, 1),
                kind => convolution(&x.to_kind(kind), &w, Some(&bias), sizes, true).unwrap(),
            };
            let weights = double(&draw(&y.size(), 4));
            let gradients =
                Tensor::run_backward(&[(double(&y) * weights).sum(Kind::Double)], &all, false, false);
            std::iter::once(y.detach()).chain(gradients).collect::<Vec<_>>()
        };
        let exact = of(Kind::Double);
        // What a layer says, and its gradients: those go by larger tiles in bfloat16.
        for (kind, says, gradients) in [(Kind::Float, 3e-6, 3e-6), (Kind::BFloat16, 8e-3, 2e-2)] {
            for (at, (a, b)) in of(kind).iter().zip(&exact).enumerate() {
                let (far, most) = (apart(a, &double(b)), if at == 0 { says } else { gradients });
                assert!(far < most, "{inputs} → {outputs}, {kind:?}, {at}: {far:e}");
            }
        }
    }
}

#[test]
fn normalisation_is_that_of_aten() {
    let (channels, side) = (48, 7);
    let x =
        (channels_last(&draw(&[5, channels, side, side], 1)) * 3.0 + 20.0).detach().set_requires_grad(true);
    let residual = channels_last(&draw(&[5, channels, side, side], 2)).set_requires_grad(true);
    let (w, b) = (draw(&[channels], 3).set_requires_grad(true), draw(&[channels], 4).set_requires_grad(true));
    let of = |exact: bool, relu: bool| {
        let (mean, variance) = (draw(&[channels], 5), draw(&[channels], 6).square());
        let y = if exact {
            let (w, b, m, v) = (double(&w), double(&b), double(&mean), double(&variance));
            let y = double(&x).batch_norm(Some(&w), Some(&b), Some(&m), Some(&v), true, 0.1, 1e-5, false)
                + double(&residual);
            mean.shallow_clone().copy_(&m);
            variance.shallow_clone().copy_(&v);
            if relu { y.relu() } else { y }
        } else {
            normalisation(&x, Some(&residual), [&w, &b, &mean, &variance], [0.1, 1e-5], relu).unwrap()
        };
        let weights = double(&draw(&y.size(), 7));
        let sum = (double(&y) * weights).sum(Kind::Double);
        let gradients = Tensor::run_backward(&[sum], &[&x, &residual, &w, &b], false, false);
        [y.detach(), mean, variance].into_iter().chain(gradients).collect::<Vec<_>>()
    };
    assert!(
        are_used(),
        "SKIPPED: our kernels need AVX-512 with bfloat16; `make emulated` runs this without it"
    );
    for relu in [false, true] {
        for (at, (a, b)) in of(false, relu).iter().zip(of(true, relu)).enumerate() {
            assert!(apart(a, &double(&b)) < 2e-5, "relu {relu}, {at}: {:e}", apart(a, &double(&b)));
        }
    }
}

#[test]
fn threads_change_no_bit() {
    let x = channels_last(&draw(&[9, 32, 18, 18], 1)).set_requires_grad(true);
    let w = channels_last(&draw(&[32, 32, 3, 3], 2)).set_requires_grad(true);
    let sizes = Sizes { stride: 1, padding: 1, groups: 1 };
    assert!(
        are_used(),
        "SKIPPED: our kernels need AVX-512 with bfloat16; `make emulated` runs this without it"
    );
    let seen = [1, 2, 3].map(|threads| {
        tch::set_num_threads(threads);
        let [weight, bias] = [1.0, 0.1].map(|v| Tensor::full([32], v, (Kind::Float, Device::Cpu)));
        let [mean, variance] = [0.0, 1.0].map(|v| Tensor::full([32], v, (Kind::Float, Device::Cpu)));
        let y = convolution(&x, &w, None, sizes, true).unwrap();
        let tensors = [&weight, &bias, &mean, &variance];
        let z = normalisation(&y, None, tensors, [0.1, 1e-5], true).unwrap();
        let by = Tensor::run_backward(&[z.square().sum(Kind::Float)], &[&x, &w], false, false);
        [&z, &by[0], &by[1], &mean, &variance].map(bytes)
    });
    tch::set_num_threads(1);
    assert!(seen[0] == seen[1] && seen[1] == seen[2]);
}

/// With and without mu's kernel a batch is the same to the last bit, in the same order in memory.
#[test]
fn aten_gathers_the_same() {
    let pixels = (draw(&[4, 3, 6, 5], 1) * 40.0 + 128.0).clamp(0.0, 255.0).to_kind(Kind::Uint8);
    let table = draw(&[3, 256], 2);
    let index = ints(&[2, 0, 3], &[3]);
    let rows = ints(&[-1, 0, 5, 5, 4, -1, 1, 2], &[1, 8]).expand([3, 8], false);
    let columns = ints(&(0..21).map(|i| i % 6 - 1).collect::<Vec<_>>(), &[3, 7]);
    let own = gather(&pixels, &index, [&rows, &columns], &table).unwrap();
    let other = crate::images::by_aten(&pixels, &index, [&rows, &columns], &table).unwrap();
    assert_eq!((own.size(), own.stride()), (other.size(), other.stride()));
    assert_eq!(bytes(&own), bytes(&other));
}
