//! Samplers against plain PyTorch (tests/parity/make_diffusion.py), in batches of any size, and how often they ask.

use std::cell::Cell;

use mu_step::artefact::GENERATED;
use mu_step::{Sampling, View};
use tch::{Device, Kind, TchError, Tensor};

use super::Sampler;
use crate::artefact::Tensors;
use crate::denoiser::{experiment, fixture, original};
use crate::draw::Draws;
use crate::nn::{Given, Network};

const DRAWS: Draws = Draws { seed: 3, stage: "generate" };

fn sampling(text: &str) -> (Sampling, mu_step::Shared<mu_step::LayerGraph>) {
    let experiment = experiment("", text, "retrain");
    (experiment.generative.unwrap().sampling, experiment.model[0].value[0].clone())
}

fn of(weights: &Tensors, graph: &'static mu_step::LayerGraph) -> Network<'static> {
    let mut network = Network::with(graph, weights).unwrap();
    for (name, tensor) in &mut network.tensors {
        *tensor = weights[name].to_kind(Kind::Double);
    }
    network
}

fn leaked(graph: &mu_step::LayerGraph) -> &'static mu_step::LayerGraph {
    Box::leak(Box::new(graph.clone()))
}

fn conditions(each: usize) -> Vec<i64> {
    (0..5).flat_map(|c| std::iter::repeat_n(c, each)).collect()
}

#[test]
fn samplers_are_pytorchs() {
    let fixture = fixture();
    for (text, expected) in &fixture.images {
        let (sampling, graph) = sampling(text);
        let network = of(&original(&graph), leaked(&graph));
        let sampler = Sampler::new(&network, &sampling, DRAWS);
        let all = conditions(sampling.each);
        let found = sampler.images(0, &all).unwrap();
        let own = Vec::<f64>::try_from(found.view([-1])).unwrap();
        assert_eq!(own.len(), expected.images.len());
        for (a, b) in own.iter().zip(&expected.images) {
            assert!((a - b).abs() < 1e-9 * b.abs().max(1.0), "{text}: {a} and {b}");
        }
        let view = View { augment: Vec::new(), evaluate: Vec::new(), mean: vec![0.5], std: vec![0.25] };
        let pixels = crate::generate::pixels(&found, &view).unwrap();
        assert_eq!(pixels, expected.pixels, "{text}: {}", GENERATED.images);
        // One at a time, and in threes, they are the same images.
        for most in [1, 3] {
            let parts: Vec<Tensor> = (0..all.len())
                .step_by(most)
                .map(|at| sampler.images(at, &all[at..(at + most).min(all.len())]).unwrap())
                .collect();
            let apart = (Tensor::cat(&parts, 0) - &found).abs().max().double_value(&[]);
            // Sums are taken in another order, and every step builds on the one before.
            assert!(apart < 1e-9, "{text}, {most} at a time: {apart:e}");
        }
    }
    assert_eq!(fixture.images.len(), 9);
}

/// What a plan counts is what the denoiser is asked.
#[test]
fn samplers_ask_as_often_as_they_say() {
    for text in [
        "euler(steps: 5)",
        "euler(steps: 5, guidance: 2)",
        "heun(steps: 4)",
        "heun(steps: 4, guidance: 0)",
        "ddim(steps: 7)",
        "ddim(steps: 7, guidance: 3, eta: 1)",
        "ddim(steps: 50, of: ddpm(50))",
    ] {
        let (sampling, _) = sampling(text);
        let asked = Cell::new(0);
        let times = std::cell::RefCell::new(Vec::new());
        let predict = |x: &Tensor, given: &Given| -> Result<Tensor, TchError> {
            asked.set(asked.get() + x.size()[0] as usize);
            times.borrow_mut().push(given.time.double_value(&[0]));
            x.f_mul_scalar(0.1)
        };
        let options = (Kind::Double, Device::Cpu);
        let sampler = Sampler {
            predict: Box::new(predict),
            shape: [1, 8, 8],
            options,
            none: 5,
            sampling: &sampling,
            draws: DRAWS,
        };
        let all = conditions(2);
        let _ = sampler.images(0, &all).unwrap();
        assert_eq!(asked.get(), all.len() * sampling.evaluations(), "{text}");
        let times = times.borrow();
        assert!(times.is_sorted_by(|a, b| a >= b), "{text}: {times:?}");
    }
}

/// Steps that do not divide a chain's times still reach from its noisy end to its first time.
#[test]
fn a_chain_is_gone_through_evenly() {
    let (sampling, _) = sampling("ddim(steps: 600)");
    let times = std::cell::RefCell::new(Vec::new());
    let predict = |x: &Tensor, given: &Given| -> Result<Tensor, TchError> {
        times.borrow_mut().push(given.time.double_value(&[0]));
        Ok(x.zeros_like())
    };
    let sampler = Sampler {
        predict: Box::new(predict),
        shape: [1, 8, 8],
        options: (Kind::Double, Device::Cpu),
        none: 5,
        sampling: &sampling,
        draws: DRAWS,
    };
    let _ = sampler.images(0, &[0]).unwrap();
    let times = times.borrow();
    assert_eq!((times.len(), times[0], times[599]), (600, 998.0, 0.0));
}
