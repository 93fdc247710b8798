//! Tests' denoiser: that of tests/parity/make_diffusion.py, and what plain PyTorch makes of it.

use std::collections::BTreeMap;

use mu_check::Experiment;
use mu_step::LayerGraph;
use serde::Deserialize;
use tch::{Device, Tensor};

use crate::artefact::Tensors;
use crate::draw::Draws;
use crate::nn::Network;

/// What the script writes.
#[derive(Deserialize)]
pub(crate) struct Fixture {
    original: Vec<f64>,
    pub(crate) losses: BTreeMap<String, Loss>,
    pub(crate) methods: BTreeMap<String, Vec<f64>>,
    pub(crate) images: BTreeMap<String, Images>,
}

/// Two plain steps.
#[derive(Deserialize)]
pub(crate) struct Loss {
    /// The mean of both losses.
    pub(crate) loss: f64,
    /// The sum of both gradients.
    pub(crate) gradient: Vec<f64>,
}

/// What a sampler makes.
#[derive(Deserialize)]
pub(crate) struct Images {
    pub(crate) images: Vec<f64>,
    pub(crate) pixels: Vec<u8>,
}

pub(crate) fn fixture() -> Fixture {
    serde_json::from_str(include_str!("../../../tests/parity/fixtures/diffusion.json")).unwrap()
}

/// The diffusion that a call speaks of, or a sampler is for.
pub(crate) fn diffusion(call: &str) -> &str {
    let Some(at) = call.find("ddpm") else { return if call.starts_with("ddim") { "ddpm" } else { "flow" } };
    let rest = &call[at..];
    if rest.starts_with("ddpm(") { &rest[..=rest.find(')').unwrap()] } else { "ddpm" }
}

/// An experiment with the denoiser, on 1 × 8 × 8 px in five classes.
pub(crate) fn experiment(text: &str, sample: &str, unlearn: &str) -> Experiment {
    let of = diffusion(sample);
    let text = format!(
        "{text}
         dataset d {{ source = idx_files(\"x\") classes = 5 channels = 1 canvas = 8 px
                      normalize = channels(mean: [0.5], std: [0.25]) }}
         model tiny {{
           flatten
           -> remember(\"given\", of: residual(
                body: (time_embedding(4, scale: 20) -> t: linear(4)), shortcut: (l: label_embedding(4))))
           -> a: linear(4) -> modulate(of: (recall(\"given\") -> silu -> m: linear(8))) -> silu
           -> b: linear(64) -> to_image(channels)
         }}
         experiment e {{
           data = d model = tiny
           train = training(5 epochs, batch: 16 samples, optimizer: adam(lr: 1e-3), loss: denoise(retain, {of}, drop: 10%))
           sample = {sample} judge = classifier(small_cnn, train: training(1 epochs))
           forget = by_class(0) unlearn = {unlearn} measure = [rte]
         }}"
    );
    crate::texts::checked(&text).experiments.remove(0)
}

/// Numbers as tensors by name.
pub(crate) fn tensors(graph: &LayerGraph, flat: &[f64]) -> Tensors {
    let fresh = Network::fresh(graph, Draws { seed: 0, stage: "shapes" }, Device::Cpu).unwrap();
    let mut rest = flat;
    let cut = |(name, tensor): (&String, &Tensor)| {
        let (own, others) = rest.split_at(tensor.numel());
        rest = others;
        (name.clone(), Tensor::from_slice(own).view(tensor.size().as_slice()))
    };
    let found: Tensors = fresh.tensors.iter().map(cut).collect();
    assert!(rest.is_empty());
    found
}

/// The weights that all begins with, in float64.
pub(crate) fn original(graph: &LayerGraph) -> Tensors {
    tensors(graph, &fixture().original)
}
