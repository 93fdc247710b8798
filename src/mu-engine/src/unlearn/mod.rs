//! The steps `train` and `unlearn`: a procedure is interpreted, and the original's training is one too.

mod interpret;
mod optimizer;

use std::time::Instant;

use mu_step::{
    Action, Failure, FailureKind, Labels, LayerGraph, LossTerm, Procedure, Reduction, Repeat, Set, Start,
    StepKey, TrainSpec, UnlearnSpec,
};
use mu_store::Draft;
use serde::Serialize;

use crate::artefact::{Tensors, read_index, read_tensors, write_json, write_tensors};
use crate::data::Dataset;
use crate::draw::Draws;
use crate::nn::Network;
use crate::run_step::{Context, Progress};
use crate::torch;

pub(crate) use interpret::{Interpreter, Membership, check_finite};

pub(crate) const MODEL: &str = "model.safetensors";
pub(crate) const COST: &str = "cost.json";

/// What the run of a procedure cost.
#[derive(Clone, Copy, Debug, Default, Serialize, serde::Deserialize)]
pub(crate) struct Cost {
    /// Wall time of the procedure alone, without loading and storing.
    pub(crate) seconds: f64,
    /// Passes over its sets.
    pub(crate) epochs: usize,
    /// Samples that went through the network.
    pub(crate) samples: usize,
}

/// Trains the original model: the recipe as a procedure over every training sample.
pub(crate) fn train(
    spec: &TrainSpec,
    context: &Context,
    draft: &Draft,
    progress: &Progress,
) -> Result<(), Failure> {
    let data = Dataset::open(spec.data, spec.split, &spec.view, context)?;
    let repeat = Repeat {
        epochs: spec.recipe.epochs,
        over: vec![Set::Retain],
        batch: spec.recipe.batch,
        loss: vec![LossTerm {
            coefficient: 1.0,
            set: Set::Retain,
            labels: Labels::True,
            reduction: Reduction::Mean,
        }],
        optimizer: spec.recipe.optimizer.clone(),
        clean: false,
        evaluation: false,
    };
    let procedure = Procedure { start: Start::Scratch, actions: vec![Action::Repeat(repeat)] };
    let draws = Draws { seed: spec.seed, stage: "train" };
    let network = Network::fresh(&spec.graph, draws, context.device).map_err(|e| torch::failed(&e))?;
    run(&procedure, network, &data, &Membership::none(&data), draws, draft, progress)
}

/// Runs an unlearning method.
pub(crate) fn unlearn(
    spec: &UnlearnSpec,
    context: &Context,
    draft: &Draft,
    progress: &Progress,
) -> Result<(), Failure> {
    let data = Dataset::open(spec.data, spec.split, &spec.view, context)?;
    let forget = read_index(&context.input(spec.forget)?, "forget.npy")?;
    let draws = Draws { seed: spec.seed, stage: "unlearn" };
    let network = start(spec.original, &spec.graph, draws, context)?;
    run(&spec.procedure, network, &data, &Membership::of(&data, &forget), draws, draft, progress)
}

/// The weights that a procedure starts from.
pub(crate) fn start<'g>(
    original: Option<StepKey>,
    graph: &'g LayerGraph,
    draws: Draws,
    context: &Context,
) -> Result<Network<'g>, Failure> {
    match original {
        Some(key) => Network::with(graph, &weights(key, context)?).map_err(|name| {
            Failure::new(FailureKind::Kernel, format!("the original model has no fitting tensor {name}"))
        }),
        None => Network::fresh(graph, draws, context.device).map_err(|e| torch::failed(&e)),
    }
}

/// The stored weights of a model.
pub(crate) fn weights(key: StepKey, context: &Context) -> Result<Tensors, Failure> {
    read_tensors(&context.input(key)?, MODEL, context.device)
}

fn run(
    procedure: &Procedure,
    mut network: Network<'_>,
    data: &Dataset,
    membership: &Membership,
    draws: Draws,
    draft: &Draft,
    progress: &Progress,
) -> Result<(), Failure> {
    let begun = Instant::now();
    let mut interpreter =
        Interpreter { data, membership, draws, say: &mut |done, of, note| progress.say(done, of, note) };
    let (mut cost, log) = interpreter.run(procedure, &mut network)?;
    cost.seconds = begun.elapsed().as_secs_f64();
    check_finite(&network)?;
    write_tensors(draft, MODEL, &network.tensors)?;
    write_json(draft, COST, &cost)?;
    write_json(draft, "log.json", &log)
}

#[cfg(test)]
mod tests;
