//! The step `score`: a number for every training sample, by which forget sets are chosen.

use std::collections::HashSet;

use mu_step::artefact::{FORGET, SCORES, TRAINING};
use mu_step::expression::{Expression, Net, Part};
use mu_step::{Failure, FailureKind, LayerGraph, ParameterSet, Recipe, SampleScore, ScoreSpec, StepKey};
use mu_store::Draft;
use tch::{Device, Kind, TchError, Tensor};

use crate::artefact::store_failure;
use crate::context::{Context, Progress};
use crate::data::{self, Dataset};
use crate::draw::Draws;
use crate::expression::{Prepared, Scene};
use crate::measure::{Outputs, Stored, outputs, values};
use crate::nn::Network;
use crate::torch;
use crate::unlearn::{Interpreter, Membership, begun, weights};

/// Writes `scores.npy`, in the order of the training samples.
pub(crate) fn score(
    spec: &ScoreSpec,
    context: &Context,
    draft: &Draft,
    progress: &Progress,
) -> Result<(), Failure> {
    let failed = |e: TchError| torch::failed(&e);
    let scores = match &spec.score {
        SampleScore::Outputs { infers, of } => mean(infers, |key| {
            let outputs = Outputs::training(*key, context)?;
            Stored::new(&outputs, &[]).and_then(|stored| values(of, &stored)).map_err(failed)
        })?,
        SampleScore::Networks { models, graph, view, of } => {
            let data = data::open(spec.data, spec.split, view, context)?;
            mean(models, |key| {
                let mut network = open(*key, graph, context)?;
                of_network(&mut network, &data, of, progress).map_err(failed)
            })?
        }
        SampleScore::GradientNorm { models, graph, view } => {
            let data = data::open(spec.data, spec.split, view, context)?;
            mean(models, |key| {
                let network = open(*key, graph, context)?;
                gradient_norms(&network, &data, progress).map_err(failed)
            })?
        }
        SampleScore::FeatureDistance { model, graph, view } => {
            let data = data::open(spec.data, spec.split, view, context)?;
            let network = open(*model, graph, context)?;
            feature_distances(&network, &data).map_err(failed)?
        }
        SampleScore::Forgetting { graph, view, recipe, from } => {
            let data = data::open(spec.data, spec.split, view, context)?;
            let draws = Draws { seed: spec.seed, stage: "train" };
            let network = begun(graph, *from, draws, context)?;
            forgetting(network, &data, recipe, draws, progress)?
        }
        SampleScore::LeftOut { without, infers, memorisation } => {
            left_out(spec.split, without, infers, *memorisation, context)?
        }
    };
    if scores.iter().any(|s| !s.is_finite()) {
        return Err(Failure::new(FailureKind::Diverged, "a score is not finite"));
    }
    draft.array(SCORES, &scores).map_err(store_failure)
}

fn open<'g>(key: StepKey, graph: &'g LayerGraph, context: &Context) -> Result<Network<'g>, Failure> {
    Network::with(graph, &weights(key, context)?)
        .map_err(|name| Failure::new(FailureKind::Kernel, format!("the model has no fitting tensor {name}")))
}

/// The mean over models of what each gives.
fn mean(
    keys: &[StepKey],
    mut f: impl FnMut(&StepKey) -> Result<Vec<f64>, Failure>,
) -> Result<Vec<f64>, Failure> {
    let mut sum: Vec<f64> = Vec::new();
    for key in keys {
        let own = f(key)?;
        sum.resize(own.len(), 0.0);
        sum.iter_mut().zip(own).for_each(|(s, v)| *s += v / keys.len() as f64);
    }
    Ok(sum)
}

/// What an expression makes of each training sample, in evaluation mode and without augmentation.
fn of_network(
    network: &mut Network<'_>,
    data: &Dataset,
    of: &Expression,
    progress: &Progress,
) -> Result<Vec<f64>, TchError> {
    let of = Prepared::new(of)?;
    network.run_plainly(of.takes_gradients());
    let mut scores = Vec::new();
    for chunk in data.training.chunks(256) {
        let index = Tensor::from_slice(chunk).f_to_device(data.train.device())?;
        let labels = data.train.labels.f_index_select(0, &index)?;
        let images = data.train.batch(&index, None)?.set_requires_grad(of.takes_gradients());
        let values = of.of_samples(&Looked { network, data, labels, images })?;
        scores.extend(Vec::<f64>::try_from(
            values.detach().f_to_kind(Kind::Double)?.f_to_device(Device::Cpu)?,
        )?);
        progress.say(scores.len(), data.training.len(), "samples".to_owned());
    }
    Ok(scores)
}

/// A batch that a network looks at.
struct Looked<'s, 'g> {
    network: &'s Network<'g>,
    data: &'s Dataset,
    labels: Tensor,
    images: Tensor,
}

impl Scene for Looked<'_, '_> {
    fn kind(&self) -> Kind {
        self.network.kind()
    }

    fn device(&self) -> Device {
        self.network.device()
    }

    fn labels(&self) -> Result<Tensor, TchError> {
        Ok(self.labels.shallow_clone())
    }

    fn images(&self) -> Result<Tensor, TchError> {
        Ok(self.images.shallow_clone())
    }

    fn output(&self, _of: &Net, part: &Part, at: Option<&Tensor>) -> Result<Tensor, TchError> {
        let at = at.unwrap_or(&self.images);
        match at.requires_grad() {
            true => self.network.output(part, at, false),
            false => tch::no_grad(|| self.network.output(part, at, false)),
        }
    }

    fn pixels(&self) -> Result<[Tensor; 3], TchError> {
        self.data.train.pixels()
    }
}

/// ‖∇ of each sample's loss‖₂ in evaluation mode, over all parameters; those that the loss does not depend on count as zero.
fn gradient_norms(network: &Network<'_>, data: &Dataset, progress: &Progress) -> Result<Vec<f64>, TchError> {
    let names = network.graph().parameters(&ParameterSet::All).unwrap_or_default();
    let parameters: Vec<Tensor> =
        names.iter().filter_map(|n| Some(network.tensors.get(n)?.set_requires_grad(true))).collect();
    let mut norms = Vec::new();
    for (done, sample) in data.training.iter().enumerate() {
        let index = Tensor::from_slice(&[*sample]).f_to_device(data.train.device())?;
        let labels = data.train.labels.f_index_select(0, &index)?.f_unsqueeze(1)?;
        let logits = network.forward(&data.train.batch(&index, None)?, false)?;
        let loss = logits
            .f_log_softmax(-1, logits.kind())?
            .f_gather(1, &labels, false)?
            .f_neg()?
            .f_sum(logits.kind())?;
        let mut sum = 0.0;
        for gradient in torch::gradients(&loss, &parameters)?.into_iter().flatten() {
            sum += gradient.f_square()?.f_sum(tch::Kind::Double)?.f_double_value(&[])?;
        }
        norms.push(sum.sqrt());
        if done % 500 == 0 {
            progress.say(done, data.training.len(), "gradients".to_owned());
        }
    }
    Ok(norms)
}

/// The distance of each sample's features to the median of its class, coordinate by coordinate.
fn feature_distances(network: &Network<'_>, data: &Dataset) -> Result<Vec<f64>, TchError> {
    let mut parts = Vec::new();
    tch::no_grad(|| {
        for chunk in data.training.chunks(512) {
            let index = Tensor::from_slice(chunk).f_to_device(data.train.device())?;
            parts.push(network.features(&data.train.batch(&index, None)?)?);
        }
        Ok::<_, TchError>(())
    })?;
    let features = Tensor::f_cat(&parts, 0)?.f_to_kind(tch::Kind::Double)?;
    let index = Tensor::from_slice(&data.training).f_to_device(data.train.device())?;
    let labels = data.train.labels.f_index_select(0, &index)?;
    let mut scores = vec![0.0; data.training.len()];
    for class in 0..network.classes() as i64 {
        let of_class = labels.f_eq(class)?.f_nonzero()?.f_reshape([-1])?;
        if of_class.numel() == 0 {
            continue;
        }
        let own = features.f_index_select(0, &of_class)?;
        // Of an even number the lower of the two middle values, as torch.median.
        let (median, _) = own.f_median_dim(0, true)?;
        let distance =
            (own - median).f_square()?.f_sum_dim_intlist(-1, false, tch::Kind::Double)?.f_sqrt()?;
        let places = Vec::<i64>::try_from(of_class.f_to_device(tch::Device::Cpu)?)?;
        for (place, d) in
            places.into_iter().zip(Vec::<f64>::try_from(distance.f_to_device(tch::Device::Cpu)?)?)
        {
            scores[place as usize] = d;
        }
    }
    Ok(scores)
}

/// Forgetting events of one training, seen in evaluation mode after each epoch.
fn forgetting(
    mut network: Network<'_>,
    data: &Dataset,
    recipe: &Recipe,
    draws: Draws,
    progress: &Progress,
) -> Result<Vec<f64>, Failure> {
    let failed = |e: TchError| torch::failed(&e);
    let n = data.training.len();
    let (mut events, mut was, mut ever) = (vec![0.0; n], vec![false; n], vec![false; n]);
    let index = Tensor::from_slice(&data.training).to_device(data.train.device());
    let labels = data.train.labels.f_index_select(0, &index).map_err(failed)?;
    let mut watch = |network: &Network<'_>| -> Result<(), TchError> {
        let right =
            outputs(network, &data.train, &data.training)?.f_argmax(-1, false)?.f_eq_tensor(&labels)?;
        let right = Vec::<i64>::try_from(right.f_to_kind(tch::Kind::Int64)?.f_to_device(tch::Device::Cpu)?)?;
        for (i, right) in right.into_iter().map(|r| r == 1).enumerate() {
            events[i] += f64::from(u8::from(was[i] && !right));
            (was[i], ever[i]) = (right, ever[i] || right);
        }
        Ok(())
    };
    let mut say = |done, of, note| progress.say(done, of, note);
    let mut interpreter = Interpreter::new(data, Membership::none(data), Vec::new(), draws, &mut say)?;
    interpreter.watch = Some(&mut watch);
    interpreter.run(&recipe.procedure(None), &mut network, None)?;
    let never = recipe.epochs as f64;
    Ok(events.into_iter().zip(ever).map(|(e, ever)| if ever { e } else { never }).collect())
}

/// From models that were each trained without a part: the share of held-out models that are right on a sample, or how much
/// larger the share of right ones is among those that were trained on it.
fn left_out(
    split: StepKey,
    without: &[StepKey],
    infers: &[StepKey],
    memorisation: bool,
    context: &Context,
) -> Result<Vec<f64>, Failure> {
    let training = context.input(split)?.array(TRAINING).map_err(store_failure)?;
    // Right ones and all, out of models trained with and without each sample.
    let mut counts = vec![[[0.0; 2]; 2]; training.len()];
    for (without, infer) in without.iter().zip(infers) {
        let without: HashSet<i64> =
            context.input(*without)?.array(FORGET).map_err(store_failure)?.into_iter().collect();
        let outputs = Outputs::training(*infer, context)?;
        for (i, sample) in training.iter().enumerate() {
            let side = usize::from(without.contains(sample));
            counts[i][side][0] += f64::from(u8::from(outputs.correct(i)));
            counts[i][side][1] += 1.0;
        }
    }
    // A sample that was in every part, or in none, has no such share: it counts as if it had been right half the time.
    let share = |[right, all]: [f64; 2]| if all > 0.0 { right / all } else { 0.5 };
    let of = |[with, without]: &[[f64; 2]; 2]| {
        if memorisation { share(*with) - share(*without) } else { share(*without) }
    };
    Ok(counts.iter().map(of).collect())
}
