//! Steps of denoisers: `generate` makes images, `judge` says what is in images.

mod judge;
mod losses;
mod sampler;

use mu_step::artefact::{GENERATED, GeneratedShape};
use mu_step::{Failure, FailureKind, GenerateSpec, View};
use mu_store::Draft;
use tch::{Device, Kind, TchError, Tensor};

use crate::artefact::store_failure;
use crate::context::{Context, Progress};
use crate::draw::Draws;
use crate::nn::Network;
use crate::torch;
use crate::unlearn::weights;

pub(crate) use judge::judge;
pub(crate) use losses::losses;
use sampler::Sampler;

/// So many images are made at a time.
const AT_ONCE: usize = 128;

/// Makes images of a denoiser: so many for each condition, in the order of the conditions.
pub(crate) fn generate(
    spec: &GenerateSpec,
    context: &Context,
    draft: &Draft,
    progress: &Progress,
) -> Result<(), Failure> {
    let failed = |e: TchError| torch::failed(&e);
    let network = Network::with(&spec.graph, &weights(spec.model, context)?).map_err(|name| {
        Failure::new(FailureKind::Kernel, format!("the model has no fitting tensor {name}"))
    })?;
    context.record_environment(&network);
    let each = spec.sampling.each;
    let conditions: Vec<i64> =
        (0..spec.graph.conditions()).flat_map(|c| std::iter::repeat_n(c, each)).collect();
    let draws = Draws { seed: spec.seed, stage: "generate" };
    let sampler = Sampler::new(&network, &spec.sampling, draws);
    let mut bytes: Vec<u8> = Vec::new();
    for (at, chunk) in conditions.chunks(AT_ONCE).enumerate() {
        let images = tch::no_grad(|| sampler.images(at * AT_ONCE, chunk)).map_err(failed)?;
        if !torch::is_finite(&images)? {
            let message = "the images of the denoiser are not finite".to_owned();
            return Err(Failure::new(FailureKind::Diverged, message));
        }
        bytes.extend(pixels(&images, &spec.view).map_err(failed)?);
        progress.say(at * AT_ONCE + chunk.len(), conditions.len(), "images".to_owned());
    }
    let [channels, side, _] = spec.graph.input;
    let size = (channels * side * side).max(1) as usize;
    let digests: Vec<u8> = bytes.chunks(size).flat_map(|image| *blake3::hash(image).as_bytes()).collect();
    draft.write(GENERATED.images, &bytes).map_err(store_failure)?;
    draft.write(GENERATED.digests, &digests).map_err(store_failure)?;
    draft.array(GENERATED.labels, &conditions).map_err(store_failure)?;
    draft.record(&GeneratedShape { channels, side, images: conditions.len() }).map_err(store_failure)
}

/// The bytes of images [b, c, h, w] of network input: x · std + mean, of 0..1, rounded to the nearest of 0..255.
fn pixels(images: &Tensor, view: &View) -> Result<Vec<u8>, TchError> {
    let channel = |values: &[f64]| {
        Tensor::from_slice(values)
            .f_view([1, -1, 1, 1])?
            .f_to_kind(Kind::Double)?
            .f_to_device(images.device())
    };
    let scaled = images.f_to_kind(Kind::Double)?.f_mul(&channel(&view.std)?)?.f_add(&channel(&view.mean)?)?;
    let bytes = scaled.f_mul_scalar(255.0)?.f_round()?.f_clamp(0.0, 255.0)?.f_to_kind(Kind::Uint8)?;
    Vec::<u8>::try_from(bytes.f_to_device(Device::Cpu)?.f_contiguous()?.f_view([-1])?)
}
