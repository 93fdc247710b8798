//! Times of a diffusion, noise in images, and what is trained to be told of it.

use mu_step::{Diffusion, Times};
use tch::{Kind, TchError, Tensor};

use crate::nn::Given;

/// The times of numbers that are uniform in 0..1.
pub(super) fn time(of: Diffusion, uniform: &Tensor) -> Result<Tensor, TchError> {
    match of {
        Diffusion::Flow { times: Times::Uniform } => Ok(uniform.shallow_clone()),
        // The normal quantile of a uniform number is N(0, 1).
        Diffusion::Flow { times: Times::LogitNormal } => uniform.f_special_ndtri()?.f_sigmoid(),
        Diffusion::Ddpm { steps, .. } => {
            uniform.f_mul_scalar(steps as f64)?.f_floor()?.f_clamp_max(steps as f64 - 1.0)
        }
    }
}

/// a(t) · x + s(t) · e: images [b, c, h, w], times [b].
pub(super) fn noised(of: Diffusion, [image, noise]: [&Tensor; 2], time: &Tensor) -> Result<Tensor, TchError> {
    let [a, s] = scales(of, time)?;
    image.f_mul(&a)?.f_add(&noise.f_mul(&s)?)
}

/// a(t) and s(t), [b, 1, 1, 1], or without an axis where all samples have one time.
fn scales(of: Diffusion, time: &Tensor) -> Result<[Tensor; 2], TchError> {
    let by_sample = |t: Tensor| if t.dim() == 0 { Ok(t) } else { t.f_view([-1, 1, 1, 1]) };
    let (a, s) = match of {
        Diffusion::Flow { .. } => (time.f_neg()?.f_add_scalar(1.0)?, time.shallow_clone()),
        Diffusion::Ddpm { steps, schedule } => {
            let signal = Tensor::from_slice(&schedule.signal(steps)).f_to_device(time.device())?;
            let signal = signal.f_take(&time.f_to_kind(Kind::Int64)?)?;
            let rest = signal.f_neg()?.f_add_scalar(1.0)?;
            (signal.f_sqrt()?.f_to_kind(time.kind())?, rest.f_sqrt()?.f_to_kind(time.kind())?)
        }
    };
    Ok([by_sample(a)?, by_sample(s)?])
}

/// A denoiser's way from noise to a time of each sample.
pub(super) struct Way {
    pub(super) steps: usize,
    pub(super) guidance: f64,
    pub(super) condition: Tensor,
    /// The condition that stands for none.
    pub(super) none: Tensor,
}

impl Way {
    /// Euler's method along a flow, DDIM without noise along a chain: from the last time to each sample's own, in equal parts.
    pub(super) fn go(
        &self,
        of: Diffusion,
        mut x: Tensor,
        until: &Tensor,
        predict: impl Fn(&Tensor, Given) -> Result<Tensor, TchError>,
    ) -> Result<Tensor, TchError> {
        let last = match of {
            Diffusion::Flow { .. } => 1.0,
            Diffusion::Ddpm { steps, .. } => steps as f64 - 1.0,
        };
        let whole = until.f_neg()?.f_add_scalar(last)?;
        let at = |step: usize| {
            // The product is exact: half a time of a chain is rounded alike on every device.
            let gone = whole.f_mul_scalar(step as f64)?.f_div_scalar(self.steps as f64)?;
            let t = gone.f_neg()?.f_add_scalar(last)?;
            if matches!(of, Diffusion::Ddpm { .. }) { t.f_round() } else { Ok(t) }
        };
        for step in 0..self.steps {
            let (now, next) = (at(step)?, at(step + 1)?);
            let told = self.guided(&x, &now, &predict)?;
            x = match of {
                Diffusion::Flow { .. } => x.f_sub(&told.f_mul(&now.f_sub(&next)?.f_view([-1, 1, 1, 1])?)?)?,
                Diffusion::Ddpm { .. } => {
                    let [a, s] = scales(of, &now)?;
                    let [b, r] = scales(of, &next)?;
                    let image = x.f_sub(&told.f_mul(&s)?)?.f_div(&a)?;
                    image.f_mul(&b)?.f_add(&told.f_mul(&r)?)?
                }
            };
        }
        Ok(x)
    }

    fn guided(
        &self,
        x: &Tensor,
        time: &Tensor,
        predict: impl Fn(&Tensor, Given) -> Result<Tensor, TchError>,
    ) -> Result<Tensor, TchError> {
        let given =
            |condition: &Tensor| Given { time: time.shallow_clone(), condition: condition.shallow_clone() };
        let own = predict(x, given(&self.condition))?;
        if self.guidance == 1.0 {
            return Ok(own);
        }
        let none = predict(x, given(&self.none))?;
        none.f_add(&own.f_sub(&none)?.f_mul_scalar(self.guidance)?)
    }
}

/// The velocity of a flow, or the noise.
pub(super) fn target(of: Diffusion, image: &Tensor, noise: &Tensor) -> Result<Tensor, TchError> {
    match of {
        Diffusion::Flow { .. } => noise.f_sub(image),
        Diffusion::Ddpm { .. } => Ok(noise.shallow_clone()),
    }
}
