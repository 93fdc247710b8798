//! Diffusion, samplers and judges.

use mu_step::{Diffusion, NoiseSchedule, Sampling, SamplingRule, Times};

use super::argument::{ModelPart, RecipePart};
use super::word::{vocabulary, words};

vocabulary! { Diffusion: Diffusion {
    "flow"(times: Times) => Diffusion::Flow { times },
    "ddpm"(steps: usize, betas: Betas, first: f64, last: f64) => {
        let schedule = match betas {
            Betas::Linear => NoiseSchedule::Linear { from: first, to: last },
            Betas::ScaledLinear => NoiseSchedule::ScaledLinear { from: first, to: last },
            Betas::Cosine => NoiseSchedule::Cosine,
        };
        Diffusion::Ddpm { steps, schedule }
    },
} }

words! { Times { Uniform = "uniform", LogitNormal = "logit_normal" } }

/// How the variances of a chain of noise grow.
enum Betas {
    Linear,
    ScaledLinear,
    Cosine,
}

words! { Betas { Linear = "linear", ScaledLinear = "scaled_linear", Cosine = "cosine" } }

vocabulary! { Sampler: Sampling {
    "euler"(steps: usize, guidance: f64, images: usize, of: Diffusion) =>
        Sampling { of, rule: SamplingRule::Euler, steps, guidance, each: images },
    "heun"(steps: usize, guidance: f64, images: usize, of: Diffusion) =>
        Sampling { of, rule: SamplingRule::Heun, steps, guidance, each: images },
    "ddim"(steps: usize, guidance: f64, images: usize, of: Diffusion, eta: f64) =>
        Sampling { of, rule: SamplingRule::Ddim { eta }, steps, guidance, each: images },
} }

/// Who says what is in images.
pub(crate) enum JudgeWord {
    /// A classifier that is trained on the data set.
    Classifier { model: ModelPart, train: RecipePart },
}

vocabulary! { Judge: JudgeWord {
    "classifier"(model: ModelPart, train: RecipePart) => JudgeWord::Classifier { model, train },
} }
