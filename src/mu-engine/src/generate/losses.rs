//! The loss of each sample under a denoiser: at times and with noise that are drawn, the same for every model.

use mu_step::artefact::OUTPUTS;
use mu_step::expression::{Law, Net, Part};
use mu_step::{Failure, FailureKind, InferSpec, LOOKS, LossTerm, Quantity};
use mu_store::Draft;
use tch::{Device, Kind, TchError, Tensor};

use crate::artefact::{Tensors, write_tensors};
use crate::context::Context;
use crate::data::{self, Images};
use crate::draw::Draws;
use crate::expression::{Prepared, Scene, numbers};
use crate::nn::{Given, Network};
use crate::torch;
use crate::unlearn::{Drawn, counts, weights};

/// Samples at a time.
const AT_ONCE: usize = 256;

/// Stores the losses of the training, validation and test samples.
pub(crate) fn losses(spec: &InferSpec, context: &Context, draft: &Draft) -> Result<(), Failure> {
    let failed = |e: TchError| torch::failed(&e);
    let data = data::open(spec.data, spec.split, &spec.view, context)?;
    let network = Network::with(&spec.graph, &weights(spec.model, context)?).map_err(|name| {
        Failure::new(FailureKind::Kernel, format!("the model has no fitting tensor {name}"))
    })?;
    context.record_environment(&network);
    let test: Vec<i64> = (0..data.test.labels.size()[0]).collect();
    let counts =
        counts(&data.train.labels, &data.training, network.classes(), network.kind()).map_err(failed)?;
    let mut tensors = Tensors::new();
    for (part, images, samples) in [
        ("train", &data.train, &data.training[..]),
        ("validation", &data.train, &data.validation[..]),
        ("test", &data.test, &test[..]),
    ] {
        let parts = Parts { network: &network, images, counts: &counts };
        let losses = tch::no_grad(|| of_samples(&parts, samples, &spec.losses)).map_err(failed)?;
        if losses.iter().any(|loss| !loss.is_finite()) {
            let message = format!("losses of the {part} samples are not finite");
            return Err(Failure::new(FailureKind::Diverged, message));
        }
        let index = Tensor::from_slice(samples);
        let labels = images.labels.f_to_device(Device::Cpu).and_then(|l| l.f_index_select(0, &index));
        tensors.insert(format!("{part}.losses"), Tensor::from_slice(&losses));
        tensors.insert(format!("{part}.labels"), labels.map_err(failed)?);
        tensors.insert(format!("{part}.index"), index);
    }
    write_tensors(draft, OUTPUTS, &tensors)
}

/// What samples are looked at with.
struct Parts<'s, 'g> {
    network: &'s Network<'g>,
    images: &'s Images,
    /// n_c of the training samples.
    counts: &'s Tensor,
}

fn of_samples(parts: &Parts<'_, '_>, samples: &[i64], terms: &[LossTerm]) -> Result<Vec<f64>, TchError> {
    let Parts { network, images, .. } = parts;
    let mut sums = vec![0.0; samples.len()];
    for term in terms {
        let Quantity::Samples { of, .. } = &term.quantity else { continue };
        let of = Prepared::new(of)?;
        for (at, chunk) in samples.chunks(AT_ONCE).enumerate() {
            let index = Tensor::from_slice(chunk).f_to_device(images.device())?;
            let labels = images.labels.f_index_select(0, &index)?;
            let batch = images.batch(&index, None)?;
            for look in 0..LOOKS {
                let place = Place { look, at: at * AT_ONCE };
                let drawn =
                    Drawn::new(std::iter::once(term), &labels, network.classes(), DRAWS, place.number())?;
                let scene = Look { parts, labels: &labels, batch: &batch, drawn, place };
                let values = of.of_samples(&scene)?.f_to_kind(Kind::Double)?.f_to_device(Device::Cpu)?;
                let sums = &mut sums[at * AT_ONCE..][..chunk.len()];
                let share = term.coefficient / LOOKS as f64;
                sums.iter_mut().zip(Vec::<f64>::try_from(values)?).for_each(|(s, v)| *s += share * v);
            }
        }
    }
    Ok(sums)
}

/// What is drawn is the same for every model.
const DRAWS: Draws = Draws { seed: 0, stage: "infer" };

/// Which look at a batch, and the batch's first sample.
#[derive(Clone, Copy)]
struct Place {
    look: usize,
    at: usize,
}

impl Place {
    /// A number of its own.
    fn number(self) -> usize {
        self.at * LOOKS + self.look
    }
}

/// A batch at drawn times.
struct Look<'s, 'g> {
    parts: &'s Parts<'s, 'g>,
    labels: &'s Tensor,
    batch: &'s Tensor,
    drawn: Drawn,
    place: Place,
}

impl Scene for Look<'_, '_> {
    fn kind(&self) -> Kind {
        self.parts.network.kind()
    }

    fn device(&self) -> Device {
        self.parts.network.device()
    }

    fn labels(&self) -> Result<Tensor, TchError> {
        Ok(self.labels.shallow_clone())
    }

    fn images(&self) -> Result<Tensor, TchError> {
        Ok(self.batch.shallow_clone())
    }

    fn output(&self, _of: &Net, _part: &Part, _at: Option<&Tensor>) -> Result<Tensor, TchError> {
        Err(TchError::Torch("a denoiser has no outputs by class".to_owned()))
    }

    fn prediction(&self, _of: &Net, at: &Tensor, given: Given, _looks: bool) -> Result<Tensor, TchError> {
        self.parts.network.predict(at, &given, false)
    }

    fn no_condition(&self) -> Result<i64, TchError> {
        Ok(self.parts.network.classes() as i64)
    }

    fn drawn_classes(&self, number: usize) -> Result<Tensor, TchError> {
        let drawn = self.drawn.of(number).map(Tensor::shallow_clone);
        drawn.ok_or_else(|| TchError::Torch(format!("draw {number} of the classes is missing")))
    }

    fn drawn(&self, number: usize, law: Law, shape: &[i64], fixed: bool) -> Result<Tensor, TchError> {
        let Place { look, at } = self.place;
        let mut stream = match fixed {
            true => DRAWS.stream(&format!("fixed draw {number}"), 0),
            false => DRAWS.stream(&format!("draw {number} of look {look}"), at),
        };
        numbers(&mut stream, law, shape)?.f_to_kind(self.kind())?.f_to_device(self.device())
    }

    fn class_count(&self) -> Result<Tensor, TchError> {
        Ok(self.parts.counts.shallow_clone())
    }

    fn pixels(&self) -> Result<[Tensor; 3], TchError> {
        self.parts.images.pixels()
    }
}
