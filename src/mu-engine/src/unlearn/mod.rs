//! The steps `train` and `unlearn`: a procedure is interpreted, and the original's training is one too.

mod aside;
mod batch;
mod best;
mod bookmark;
mod counts;
mod course;
mod drawn;
mod entries;
mod importance;
mod interpret;
mod keeper;
mod look;
mod losses;
mod membership;
mod noise;
mod now;
mod optimizer;
mod order;
mod outside;
mod parameters;
mod phase;
mod program;
mod progress;
mod recorded;
mod rules;
mod scene;
mod sharpness;
mod surgery;
mod teachers;
mod waiting;

use std::rc::Rc;

use mu_step::artefact::{Cost, Epoch, FORGET, Log, MODEL};
use mu_step::{
    Action, Failure, FailureKind, Job, LayerGraph, Procedure, Start, StepKey, TrainSpec, UnlearnSpec, View,
};
use mu_store::Draft;
use tch::{TchError, Tensor};

use crate::artefact::{Tensors, read_tensors, store_failure, write_tensors};
use crate::context::{Context, Progress};
use crate::data::{self, Dataset};
use crate::draw::Draws;
use crate::nn::Network;
use crate::torch;

pub(crate) use counts::counts;
pub(crate) use drawn::Drawn;
pub(crate) use interpret::Interpreter;
pub(crate) use keeper::{Keeper, STOP};
pub(crate) use membership::Membership;
use outside::Outside;

/// Trains the original model: the recipe as a procedure over every training sample.
pub(crate) fn train(
    spec: &TrainSpec,
    job: &Job,
    context: &Context,
    draft: &Draft,
    progress: &Progress,
) -> Result<(), Failure> {
    let data = data::open(spec.data, spec.split, &spec.view, context)?;
    let procedure = spec.recipe.procedure(spec.stop);
    let draws = Draws { seed: spec.seed, stage: "train" };
    let network = begun(&spec.graph, spec.from, draws, context)?;
    let begin = Begin {
        membership: Membership::none(&data),
        parts: Vec::new(),
        original: None,
        draws,
        most_seconds: None,
        outside: None,
    };
    run(&procedure, network, &data, begin, job, (context, draft, progress))
}

/// Runs an unlearning method.
pub(crate) fn unlearn(
    spec: &UnlearnSpec,
    job: &Job,
    context: &Context,
    draft: &Draft,
    progress: &Progress,
) -> Result<(), Failure> {
    let mut data = data::open(spec.data, spec.split, &spec.view, context)?;
    if let Some(gone) = spec.gone {
        let gone: Vec<i64> = context.input(gone)?.array(FORGET).map_err(store_failure)?;
        data = Rc::new(data.without(&gone));
    }
    let forget = context.input(spec.forget)?.array(FORGET).map_err(store_failure)?;
    let mut parts = Vec::new();
    for part in &spec.parts {
        parts.push(context.input(*part)?.array(FORGET).map_err(store_failure)?);
    }
    let draws = draws_of(&spec.procedure, spec.seed);
    let original = spec.original.map(|key| weights(key, context)).transpose()?;
    let network = match (spec.procedure.start, spec.checkpoint) {
        (Start::Checkpoint, from @ Some(_)) => begun(&spec.graph, from, draws, context)?,
        _ => start(&spec.procedure, original.as_ref(), &spec.graph, draws, context.device)?,
    };
    let begin = Begin {
        membership: Membership::of(&data, &forget),
        parts,
        original,
        draws,
        most_seconds: spec.most_seconds,
        outside: Some((spec.data, &spec.view)),
    };
    run(&spec.procedure, network, &data, begin, job, (context, draft, progress))
}

/// A network as a training begins it: fresh, with the weights of a file in their places where there are some. What the file leaves to
/// be drawn anew stays fresh.
pub(crate) fn begun<'g>(
    graph: &'g LayerGraph,
    from: Option<StepKey>,
    draws: Draws,
    context: &Context,
) -> Result<Network<'g>, Failure> {
    let mut network = Network::fresh(graph, draws, context.device).map_err(|e| torch::failed(&e))?;
    if let Some(key) = from {
        network.put(&weights(key, context)?).map_err(|name| {
            Failure::new(FailureKind::Kernel, format!("the model has no place for the checkpoint's {name}"))
        })?;
    }
    Ok(network)
}

/// The random numbers of a procedure's run.
pub(crate) fn draws_of(procedure: &Procedure, seed: u64) -> Draws {
    Draws { seed, stage: if procedure.draw == 0 { "unlearn" } else { "unlearn again" } }
}

/// A network with the weights that a procedure starts from: `from`, or fresh ones.
pub(crate) fn start<'g>(
    procedure: &Procedure,
    from: Option<&Tensors>,
    graph: &'g LayerGraph,
    draws: Draws,
    device: tch::Device,
) -> Result<Network<'g>, Failure> {
    match (procedure.start, from) {
        (Start::Original | Start::Checkpoint, Some(weights)) => {
            Network::with(graph, weights).map_err(|name| {
                Failure::new(
                    FailureKind::Kernel,
                    format!("the model that it starts from has no fitting tensor {name}"),
                )
            })
        }
        (Start::Original | Start::Checkpoint, None) => {
            Err(Failure::new(FailureKind::Kernel, "the step has no model to start from"))
        }
        (Start::Scratch, _) => Network::fresh(graph, draws, device).map_err(|e| torch::failed(&e)),
    }
}

/// The stored weights of a model.
pub(crate) fn weights(key: StepKey, context: &Context) -> Result<Tensors, Failure> {
    if let Some((last, tensors)) = &*context.cache.model.borrow()
        && *last == key
    {
        return Ok(tensors.iter().map(|(name, t)| (name.clone(), t.shallow_clone())).collect());
    }
    read_tensors(&context.input(key)?, MODEL, context.device)
}

/// What a run begins with.
struct Begin<'b> {
    membership: Membership,
    parts: Vec<Vec<i64>>,
    original: Option<Tensors>,
    draws: Draws,
    most_seconds: Option<f64>,
    /// What programs are told of the data, in methods.
    outside: Option<(StepKey, &'b View)>,
}

fn run<'g>(
    procedure: &Procedure,
    mut network: Network<'g>,
    data: &Dataset,
    begin: Begin<'_>,
    job: &Job,
    (context, draft, progress): (&Context, &Draft, &Progress),
) -> Result<(), Failure> {
    let Begin { membership, parts, original, draws, most_seconds, outside } = begin;
    let mut say = |done, of, note| progress.say(done, of, note);
    let mut interpreter = Interpreter::new(data, membership, parts, draws, &mut say)?;
    interpreter.deadline = most_seconds;
    interpreter.paths = Some(&context.paths);
    let alone = procedure.actions.iter().all(|a| !matches!(a, Action::Repeat(_) | Action::Alternate { .. }));
    let alone = alone && procedure.programs().len() == 1;
    interpreter.outside = outside.map(|(data, view)| Outside { context, draft, data, view, alone });
    interpreter.keeper = Some(Keeper::new(&context.store, progress.key(), context.every));
    let mut on_the_way = |epochs: usize, network: &Network<'_>, cost: &Cost, log: &[Epoch]| {
        job.prefixes.iter().filter(|p| p.epochs == epochs).try_for_each(|prefix| {
            // Whoever has it, or is making it, need not be helped.
            let mu_store::Begin::Draft(draft) = context.store.begin(prefix.key).map_err(store_failure)?
            else {
                return Ok(());
            };
            let as_stored = network.tensors.iter().map(|(name, t)| Ok((name.clone(), stored(t)?)));
            let tensors = as_stored.collect::<Result<Tensors, TchError>>().map_err(|e| torch::failed(&e))?;
            write_model(&draft, &tensors, cost, log)?;
            context.commit(draft, &prefix.spec, prefix.flops, cost.seconds)
        })
    };
    if !job.prefixes.is_empty() {
        interpreter.on_the_way = Some(&mut on_the_way);
    }
    // The interpreter begins with the same; it is said before, as what is stored on the way has it in its record.
    network.compute_in(procedure.precision).map_err(|e| torch::failed(&e))?;
    context.record_environment(&network);
    let (cost, log) = interpreter.run(procedure, &mut network, original.as_ref())?;
    write_model(draft, &network.tensors, &cost, &log)?;
    let kept = network.tensors.iter().map(|(name, t)| (name.clone(), t.shallow_clone())).collect();
    context.cache.model.replace(Some((progress.key(), kept)));
    Ok(())
}

/// A tensor as objects have it: in float32, without a graph.
fn stored(tensor: &Tensor) -> Result<Tensor, TchError> {
    tensor.detach().f_to_kind(tch::Kind::Float)
}

fn write_model(draft: &Draft, tensors: &Tensors, cost: &Cost, log: &[Epoch]) -> Result<(), Failure> {
    check_finite(tensors)?;
    write_tensors(draft, MODEL, tensors)?;
    draft.record(cost).map_err(store_failure)?;
    draft.record(&Log(log.to_vec())).map_err(store_failure)
}

/// A weight that is no finite number is a diverged model, whatever the last loss was.
fn check_finite(tensors: &Tensors) -> Result<(), Failure> {
    for (name, tensor) in tensors {
        if !torch::is_finite(tensor)? {
            return Err(Failure::new(
                FailureKind::Diverged,
                format!("{name} has values that are not finite"),
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod by_hand;
#[cfg(test)]
mod denoisers;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod parity;
#[cfg(test)]
mod resume;
#[cfg(test)]
mod statements;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod toy;
