//! Losses and methods of denoisers, by their text: against plain PyTorch in float64 (tests/parity/make_diffusion.py), across the ends of
//! processes, and what they cost.

use mu_step::artefact::{Cost, Epoch};
use mu_step::{LayerGraph, Procedure, Shared};

use super::membership::Membership;
use super::resume::goes_on_with;
use super::toy::{SAMPLES, data, distance, forget, run_on};
use crate::artefact::Tensors;
use crate::denoiser::{diffusion, experiment, fixture, original, tensors};

const RATE: f64 = 0.01;

/// The methods with what the script runs them with; its batches have 16 samples.
const CALLS: &[(&str, &str)] = &[
    ("ft", "ft@diffusion(steps: 20 steps, batch: 16 samples)"),
    ("ga", "ga@diffusion(steps: 20 steps, batch: 16 samples)"),
    ("neggrad_plus", "neggrad_plus@diffusion(steps: 20 steps, batch: 16 samples)"),
    ("rl", "rl@diffusion(steps: 20 steps, batch: 16 samples)"),
    ("salun", "salun@diffusion(steps: 20 steps, batch: 16 samples)"),
    ("esd", "esd(steps: 20 steps, batch: 16 samples)"),
    ("concept_ablation", "concept_ablation(steps: 20 steps, batch: 16 samples)"),
    ("noise_surrogate", "noise_surrogate(steps: 20 steps, batch: 16 samples)"),
    ("l1_sparse", "l1_sparse@diffusion(steps: 20 steps, batch: 16 samples)"),
];

/// The network and the procedures of methods.
fn procedures(text: &str, of: &str, calls: &[&str]) -> (Shared<LayerGraph>, Vec<Shared<Procedure>>) {
    let sample = match of {
        "flow" => "euler(steps: 2, guidance: 2)".to_owned(),
        of => format!("ddim(steps: 2, guidance: 2, of: {of})"),
    };
    let experiment = experiment(text, &sample, &format!("each [{}]", calls.join(", ")));
    let procedures = experiment.unlearn.iter().map(|a| a.value[0].procedure.clone()).collect();
    (experiment.model[0].value[0].clone(), procedures)
}

fn run(graph: &LayerGraph, procedure: &Procedure) -> (Tensors, Cost, Vec<Epoch>) {
    run_on((graph, &original(graph)), procedure, Membership::of(&data(), &forget()), Vec::new())
}

#[test]
fn losses_are_pytorchs() {
    let fixture = fixture();
    let mut diffusions: Vec<&str> = fixture.losses.keys().map(|loss| diffusion(loss)).collect();
    diffusions.sort_unstable();
    diffusions.dedup();
    assert!(diffusions.len() > 4 && fixture.losses.len() > 15);
    for of in diffusions {
        let losses: Vec<_> = fixture.losses.iter().filter(|(loss, _)| diffusion(loss) == of).collect();
        let text: String = losses
            .iter()
            .enumerate()
            .map(|(n, (loss, _))| {
                format!(
                    "method m{n} {{ start from original repeat 1 epochs over forget in batches of 8 samples {{ \
                     minimize {loss} by sgd(lr: {RATE}, momentum: 0, weight_decay: 0) }} }}\n"
                )
            })
            .collect();
        let names: Vec<String> = (0..losses.len()).map(|n| format!("m{n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let (graph, procedures) = procedures(&text, of, &names);
        let start = original(&graph);
        for ((loss, expected), procedure) in losses.into_iter().zip(procedures) {
            let (weights, _, log) = run(&graph, &procedure);
            let off = (log[0].loss - expected.loss).abs() / expected.loss;
            assert!(log.len() == 1 && off < 1e-10, "{loss}: {} and {}", log[0].loss, expected.loss);
            // The way that was gone is the rate times both gradients.
            let gone: Tensors =
                start.iter().map(|(name, t)| (name.clone(), (t - &weights[name]) / RATE)).collect();
            let apart = distance(&gone, &tensors(&graph, &expected.gradient));
            assert!(apart < 1e-10, "the gradient of {loss} is {apart:e} from PyTorch's");
        }
    }
}

#[test]
fn methods_are_pytorchs() {
    let expected = fixture().methods;
    let names: Vec<&str> = CALLS.iter().map(|(name, _)| *name).collect();
    assert!(expected.keys().all(|k| names.contains(&k.as_str())) && expected.len() == names.len());
    let calls: Vec<&str> = CALLS.iter().map(|(_, call)| *call).collect();
    let (graph, procedures) = procedures("", "flow", &calls);
    let mut wrong = Vec::new();
    for ((name, _), procedure) in CALLS.iter().zip(procedures) {
        let (weights, ..) = run(&graph, &procedure);
        let apart = distance(&weights, &tensors(&graph, &expected[*name]));
        if apart >= 1e-8 {
            wrong.push(format!("{name}: {apart:e}"));
        }
        assert!(distance(&weights, &original(&graph)) > 1e-4, "{name} does nothing");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Trainings and methods, of a flow and of a chain of noise: what is drawn after a stop is what would have been drawn.
#[test]
fn a_denoiser_goes_on_from_every_epoch() {
    for of in ["flow", "ddpm"] {
        let calls: Vec<String> = [
            "ft@diffusion",
            "neggrad_plus@diffusion",
            "rl@diffusion",
            "salun@diffusion",
            "esd",
            "concept_ablation",
            "noise_surrogate",
        ]
        .map(|name| format!("{name}(diffusion: {of}, steps: 11 steps, batch: 16 samples)"))
        .into();
        let mut calls: Vec<&str> = calls.iter().map(String::as_str).collect();
        calls.extend(["retrain", "averaged"]);
        let text = format!(
            "method averaged {{ start from original repeat 3 epochs over retain in batches of 16 samples {{ \
             minimize denoise(retain, {of}, condition: other, drop: 20%) + 0.1 * imitate(retain, {of}, teacher: original) \
             by adam(lr: 1e-3) }} }}"
        );
        let (graph, procedures) = procedures(&text, of, &calls);
        let named = calls.iter().map(|call| (*call).to_owned()).zip(procedures);
        goes_on_with((&graph, &original(&graph)), named);
    }
}

/// What a plan says is what is counted, and that is what the network is asked: a gradient costs three passes, a look one.
#[test]
fn costs_of_denoisers_are_predicted() {
    // 20 steps of 16 samples of each stream.
    let (one, two) = (320.0, 640.0);
    let expected = [
        ("ft", one, one * 3.0),
        ("ga", one, one * 3.0),
        ("neggrad_plus", two, one * (3.0 + 3.0)),
        ("rl", two, one * (3.0 + 1.0 + 3.0)),
        ("salun", two + 16.0, one * (3.0 + 1.0 + 3.0) + 16.0 * 3.0),
        // Two looks at the original, and 20 steps of two looks on the way.
        ("esd", one, one * (3.0 + 2.0 + 40.0)),
        ("concept_ablation", two, one * (3.0 + 1.0 + 3.0)),
        ("noise_surrogate", two, one * (3.0 + 3.0)),
        ("l1_sparse", one, one * 3.0),
    ];
    let calls: Vec<&str> = CALLS.iter().map(|(_, call)| *call).collect();
    let (graph, procedures) = procedures("", "flow", &calls);
    for (((name, _), procedure), (own, samples, passes)) in CALLS.iter().zip(procedures).zip(expected) {
        assert_eq!(*name, own);
        let (_, cost, _) = run(&graph, &procedure);
        let gone = forget().len();
        let spend = procedure.spend(SAMPLES as usize - gone, gone, 0);
        assert_eq!(cost.samples as f64, spend.samples, "{name}");
        assert!((cost.epochs - spend.epochs).abs() < 1e-9, "{name}: {} and {}", cost.epochs, spend.epochs);
        assert_eq!(cost.flops, spend.passes * graph.flops(), "{name}");
        assert_eq!((spend.samples, spend.passes), (samples, passes), "{name}");
    }
}
