//! The steps `infer` and `measure`: per-sample outputs once per model, every metric from those.

mod attack;
mod distance;
mod evaluation;
mod health;
mod likeness;
mod mia;
mod outputs;
mod relearn;
mod samples;
mod svc;
mod ulira;

use mu_step::artefact::{Cost, JUDGED, OUTPUTS, Value};
use mu_step::{Collect, CostOf, Failure, FailureKind, InferSpec, Kernel, MeasureSpec};
use mu_store::Draft;
use tch::Tensor;

use crate::artefact::{Tensors, read_tensors, store_failure, write_tensors};
use crate::context::{Context, Progress};
use crate::data;
use crate::nn::Network;
use crate::torch;
use crate::unlearn::weights;

pub(crate) use evaluation::outputs;
pub(crate) use health::of_labels;
pub(crate) use outputs::{Outputs, cross_entropy};
pub(crate) use samples::{Stored, values};

/// Stores logits, labels and sample numbers of the training, validation and test samples.
pub(crate) fn infer(spec: &InferSpec, context: &Context, draft: &Draft) -> Result<(), Failure> {
    let data = data::open(spec.data, spec.split, &spec.view, context)?;
    let network = Network::with(&spec.graph, &weights(spec.model, context)?).map_err(|name| {
        Failure::new(FailureKind::Kernel, format!("the model has no fitting tensor {name}"))
    })?;
    context.record_environment(&network);
    let test: Vec<i64> = (0..data.test.labels.size()[0]).collect();
    let mut tensors = Tensors::new();
    let parts: health::Parts<'_> = [
        ("train", &data.train, &data.training[..]),
        ("validation", &data.train, &data.validation[..]),
        ("test", &data.test, &test[..]),
    ];
    let mut found = Vec::new();
    for (part, images, samples) in parts {
        let logits = outputs(&network, images, samples).map_err(|e| torch::failed(&e))?;
        if !torch::is_finite(&logits)? {
            return Err(Failure::new(
                FailureKind::Diverged,
                format!("outputs on the {part} samples are not finite"),
            ));
        }
        let index = Tensor::from_slice(samples);
        let labels = images.labels.f_to_device(tch::Device::Cpu).and_then(|l| l.f_index_select(0, &index));
        tensors.insert(format!("{part}.logits"), logits.shallow_clone());
        found.push(logits);
        tensors.insert(format!("{part}.labels"), labels.map_err(|e| torch::failed(&e))?);
        tensors.insert(format!("{part}.index"), index);
    }
    write_tensors(draft, OUTPUTS, &tensors)?;
    draft.record(&health::of(spec, context, &data, &parts, &found)?).map_err(store_failure)
}

/// What must be said beside a number.
#[derive(Debug, Default)]
struct Said {
    capped: bool,
    left_out: Vec<i64>,
}

/// A number, and how many samples it is taken over.
#[derive(Debug)]
struct Number {
    value: f64,
    samples: usize,
}

/// Measures one number.
pub(crate) fn measure(
    spec: &MeasureSpec,
    context: &Context,
    draft: &Draft,
    progress: &Progress,
) -> Result<(), Failure> {
    let mut said = Said::default();
    let number = number(&spec.kernel, context, progress, &mut said)?;
    if !number.value.is_finite() {
        return Err(Failure::new(FailureKind::Diverged, format!("the measured value is {}", number.value)));
    }
    let Number { value, samples } = number;
    let stored = Value { value, samples, capped: said.capped, left_out: said.left_out };
    draft.record(&stored).map_err(store_failure)
}

fn number(
    kernel: &Kernel,
    context: &Context,
    progress: &Progress,
    said: &mut Said,
) -> Result<Number, Failure> {
    let bad = |message: String| Failure::new(FailureKind::BadData, message);
    Ok(match kernel {
        Kernel::Cost { model, what } => {
            let cost: Cost = context.input(*model)?.record().map_err(store_failure)?;
            if cost.unsaid && *what != CostOf::Minutes {
                let message = "the method's program did not say what it took: it may write cost.json";
                return Err(bad(message.to_owned()));
            }
            let value = match what {
                CostOf::Minutes => cost.seconds / 60.0,
                CostOf::Epochs => cost.epochs,
                CostOf::Samples => cost.samples as f64,
                CostOf::Flops => cost.flops,
            };
            Number { value, samples: cost.samples }
        }
        Kernel::Accuracy { infer, forget, on, classes } => {
            let outputs = Outputs::open(*infer, *on, *forget, context)?;
            let of_class = |i: &usize| classes.has(outputs.labels[*i] as i64);
            let chosen: Vec<usize> = (0..outputs.len()).filter(of_class).collect();
            if chosen.is_empty() {
                return Err(bad(format!("there are no {} samples of these classes", outputs::word(*on))));
            }
            said.left_out.clone_from(&outputs.left_out);
            let right = chosen.iter().filter(|i| outputs.correct(**i)).count();
            Number { value: 100.0 * right as f64 / chosen.len() as f64, samples: chosen.len() }
        }
        Kernel::Calibration { infer, forget, on, bins } => {
            let outputs = Outputs::open(*infer, *on, *forget, context)?;
            said.left_out.clone_from(&outputs.left_out);
            Number { value: 100.0 * calibration(&outputs, *bins), samples: outputs.len() }
        }
        Kernel::Samples { infer, others, forget, on, of, collect } => {
            let outputs = Outputs::open(*infer, *on, *forget, context)?;
            let mut beside = Vec::new();
            for (net, key) in others {
                beside.push((net.clone(), Outputs::open(*key, *on, *forget, context)?));
            }
            said.left_out.clone_from(&outputs.left_out);
            let stored = samples::Stored::new(&outputs, &beside).map_err(|e| torch::failed(&e))?;
            let values = samples::values(of, &stored).map_err(|e| torch::failed(&e))?;
            let sum = values.iter().sum::<f64>();
            let n = values.len();
            let value = match collect {
                Collect::Mean => sum / n as f64,
                Collect::Sum => sum,
                Collect::Quantile(share) => quantile(values, *share),
            };
            Number { value, samples: n }
        }
        Kernel::Mia { infer, forget, attack, seed } => {
            let open = |on| Outputs::open(*infer, on, *forget, context);
            let sides = mia::Sides {
                forget: open(mu_step::On::Forget)?,
                members: open(mu_step::On::Retain)?,
                others: open(attack.outside)?,
            };
            let value = mia::attack(&sides, attack, *seed).map_err(bad)?;
            said.left_out.clone_from(&sides.others.left_out);
            Number { value, samples: sides.forget.len() }
        }
        Kernel::WeightDistance { model, reference } => {
            let value = distance::of_weights(&weights(*model, context)?, &weights(*reference, context)?);
            Number { value: value.map_err(|e| torch::failed(&e))?, samples: 0 }
        }
        Kernel::Likeness { judged, real, on, by } => {
            let part = match on {
                mu_step::On::Forget => JUDGED[0],
                _ => JUDGED[1],
            };
            let features = |key: &mu_step::StepKey| -> Result<tch::Tensor, Failure> {
                let mut all = read_tensors(&context.input(*key)?, OUTPUTS, tch::Device::Cpu)?;
                let missing = || bad(format!("the judge saw no images of the {part} set"));
                all.remove(&format!("{part}.features")).filter(|f| f.size()[0] > 1).ok_or_else(missing)
            };
            let (own, theirs) = (features(judged)?, features(real)?);
            let value = likeness::of(*by, &own, &theirs).map_err(|e| torch::failed(&e))?;
            Number { value, samples: own.size()[0] as usize }
        }
        Kernel::Relearn(spec) => {
            let relearned = relearn::epochs(spec, context, progress)?;
            said.capped = !relearned.reached;
            Number { value: relearned.epochs as f64, samples: relearned.samples }
        }
        Kernel::Ulira { infer, reference, forget, unlearned, retrained } => {
            let open = |key: &_| Outputs::open(*key, mu_step::On::Forget, *forget, context);
            let (ours, theirs) = (open(infer)?, open(reference)?);
            let unlearned = unlearned.iter().map(open).collect::<Result<Vec<_>, _>>()?;
            let retrained = retrained.iter().map(open).collect::<Result<Vec<_>, _>>()?;
            Number { value: ulira::accuracy(&ours, &theirs, &unlearned, &retrained), samples: ours.len() }
        }
    })
}

/// Expected calibration error, in 0..1: the mean over samples of |accuracy − confidence| of their bin.
fn calibration(outputs: &Outputs, bins: usize) -> f64 {
    let mut sums = vec![(0.0, 0.0); bins];
    for i in 0..outputs.len() {
        let confidence = outputs.probabilities(i)[outputs.prediction(i)];
        // (0, 1/bins], (1/bins, 2/bins], …
        let bin = ((confidence * bins as f64).ceil() as usize).clamp(1, bins) - 1;
        sums[bin].0 += f64::from(u8::from(outputs.correct(i)));
        sums[bin].1 += confidence;
    }
    sums.iter().map(|(right, confidence)| (right - confidence).abs()).sum::<f64>() / outputs.len() as f64
}

/// A quantile, by linear interpolation between the two nearest ranks, as NumPy takes it.
fn quantile(mut values: Vec<f64>, share: f64) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let at = share * (values.len() - 1) as f64;
    let (below, above) = (values[at.floor() as usize], values[at.ceil() as usize]);
    below + (above - below) * at.fract()
}

#[cfg(test)]
mod tests;
