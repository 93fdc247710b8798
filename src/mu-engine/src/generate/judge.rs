//! What a classifier says of images.

use std::collections::{BTreeSet, HashSet};

use mu_step::artefact::{Answers, FORGET, GENERATED, GeneratedShape, JUDGED, Judged, OUTPUTS, TRAINING};
use mu_step::expression::Part;
use mu_step::{Failure, FailureKind, JudgeSpec, StepKey, View};
use mu_store::Draft;
use tch::{Device, TchError, Tensor};

use crate::artefact::{Tensors, store_failure, write_tensors};
use crate::context::Context;
use crate::data::{self, Images};
use crate::measure::of_labels;
use crate::nn::Network;
use crate::torch;
use crate::unlearn::weights;

/// Stores what the judge makes of images of forgotten conditions, and of the others.
pub(crate) fn judge(spec: &JudgeSpec, context: &Context, draft: &Draft) -> Result<(), Failure> {
    let failed = |e: TchError| torch::failed(&e);
    let network = Network::with(&spec.graph, &weights(spec.model, context)?).map_err(|name| {
        Failure::new(FailureKind::Kernel, format!("the judge has no fitting tensor {name}"))
    })?;
    context.record_environment(&network);
    let forgotten = forgotten(spec, context)?;
    let (generated, data);
    let images = match spec.generated {
        Some(key) => {
            generated = of_denoiser(key, &spec.view, context)?;
            &generated
        }
        None => {
            data = data::open(spec.data, spec.split, &spec.view, context)?;
            &data.test
        }
    };
    let labels =
        Vec::<i64>::try_from(images.labels.f_to_device(Device::Cpu).map_err(failed)?).map_err(failed)?;
    let mut tensors = Tensors::new();
    let mut part = |name: &str, wanted: bool| -> Result<Answers, TchError> {
        let samples: Vec<i64> =
            (0..labels.len() as i64).filter(|i| forgotten.contains(&labels[*i as usize]) == wanted).collect();
        let (logits, features) = looked(&network, images, &samples)?;
        let own: Vec<i64> = samples.iter().map(|i| labels[*i as usize]).collect();
        let answers = of_labels(&logits, &own)?;
        tensors.insert(format!("{name}.logits"), logits);
        tensors.insert(format!("{name}.features"), features);
        tensors.insert(format!("{name}.labels"), Tensor::from_slice(&own));
        tensors.insert(format!("{name}.index"), Tensor::from_slice(&samples));
        Ok(answers)
    };
    let [forget, retain] = JUDGED;
    let judged =
        Judged { forget: part(forget, true).map_err(failed)?, retain: part(retain, false).map_err(failed)? };
    write_tensors(draft, OUTPUTS, &tensors)?;
    draft.record(&judged).map_err(store_failure)
}

/// The classes whose training samples are all forgotten.
fn forgotten(spec: &JudgeSpec, context: &Context) -> Result<BTreeSet<i64>, Failure> {
    let labels = data::labels_of(spec.data, context)?;
    let training = context.input(spec.split)?.array(TRAINING).map_err(store_failure)?;
    let forget: HashSet<i64> =
        context.input(spec.forget)?.array(FORGET).map_err(store_failure)?.into_iter().collect();
    let of = |wanted: bool| -> BTreeSet<i64> {
        let samples = training.iter().filter(|i| forget.contains(i) == wanted);
        samples.filter_map(|i| labels.get(*i as usize).copied()).collect()
    };
    Ok(of(true).difference(&of(false)).copied().collect())
}

/// A denoiser's images, as the judge sees images.
fn of_denoiser(key: StepKey, view: &View, context: &Context) -> Result<Images, Failure> {
    let object = context.input(key)?;
    let shape: GeneratedShape = object.record().map_err(store_failure)?;
    let labels = object.array(GENERATED.labels).map_err(store_failure)?;
    let labels = Tensor::from_slice(&labels).f_to_device(context.device).map_err(|e| torch::failed(&e))?;
    // They have the size of network input already.
    let view = View { augment: Vec::new(), evaluate: Vec::new(), ..view.clone() };
    let sizes = [shape.images as i64, shape.channels, shape.side];
    Images::open(&object.path(GENERATED.images), sizes, Vec::new(), labels, &view)
        .map_err(|e| torch::failed(&e))
}

/// Logits [n, classes] and what the last linear layer sees [n, d], in evaluation mode.
fn looked(network: &Network<'_>, images: &Images, samples: &[i64]) -> Result<(Tensor, Tensor), TchError> {
    let part = [Part::Features { layer: None }];
    let (mut logits, mut features) = (Vec::new(), Vec::new());
    tch::no_grad(|| {
        // An empty batch says how wide the outputs are.
        let chunks = samples.chunks(network.takes()).chain(samples.is_empty().then_some(samples));
        for batch in chunks {
            let index = Tensor::from_slice(batch).f_to_device(images.device())?;
            let (own, mut found) = network.forward_with(&images.batch(&index, None)?, false, &part)?;
            logits.push(own);
            features.extend(found.pop());
        }
        Ok((Tensor::f_cat(&logits, 0)?, Tensor::f_cat(&features, 0)?))
    })
}
