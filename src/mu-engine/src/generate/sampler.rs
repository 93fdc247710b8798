//! From noise to images.

use mu_step::{Diffusion, Sampling, SamplingRule};
use tch::{Device, Kind, TchError, Tensor};

use crate::draw::Draws;
use crate::nn::{Given, Network};

/// What a denoiser makes of noisy images [b, c, h, w].
type Predict<'s> = dyn Fn(&Tensor, &Given) -> Result<Tensor, TchError> + 's;

/// Makes images of a denoiser. Every image has noise of its own: the same for every model on one seed, and for any number at a time.
pub(super) struct Sampler<'s> {
    predict: Box<Predict<'s>>,
    /// Of an image.
    shape: [i64; 3],
    options: (Kind, Device),
    /// The condition that stands for none.
    none: i64,
    sampling: &'s Sampling,
    draws: Draws,
}

impl<'s> Sampler<'s> {
    /// Of a network, in evaluation mode.
    pub(super) fn new(network: &'s Network<'_>, sampling: &'s Sampling, draws: Draws) -> Self {
        let predict = |x: &Tensor, given: &Given| network.predict(x, given, false);
        let options = (network.kind(), network.device());
        let none = network.classes() as i64;
        Self { predict: Box::new(predict), shape: network.graph().input, options, none, sampling, draws }
    }

    /// Images [b, c, h, w] of conditions [b]; the first of them has number `first`.
    pub(super) fn images(&self, first: usize, conditions: &[i64]) -> Result<Tensor, TchError> {
        let x = self.noise("noise", first, conditions.len())?;
        match (self.sampling.rule, self.sampling.of) {
            (SamplingRule::Ddim { eta }, Diffusion::Ddpm { steps, schedule }) => {
                self.chain(x, (first, conditions), &schedule.signal(steps), eta)
            }
            (SamplingRule::Euler, Diffusion::Flow { .. }) => self.flow(x, conditions, false),
            (SamplingRule::Heun, Diffusion::Flow { .. }) => self.flow(x, conditions, true),
            (SamplingRule::Ddim { .. }, Diffusion::Flow { .. })
            | (SamplingRule::Euler | SamplingRule::Heun, Diffusion::Ddpm { .. }) => {
                Err(TchError::Torch(format!("this sampler is not for `{}`", self.sampling.of)))
            }
        }
    }

    /// From time 1 to time 0: dx/dt is the velocity.
    fn flow(&self, mut x: Tensor, conditions: &[i64], twice: bool) -> Result<Tensor, TchError> {
        let h = 1.0 / self.sampling.steps as f64;
        for step in 0..self.sampling.steps {
            let t = 1.0 - step as f64 * h;
            let velocity = self.predict(&x, t, conditions)?;
            let moved = x.f_sub(&velocity.f_mul_scalar(h)?)?;
            x = match twice {
                false => moved,
                true => {
                    let there = self.predict(&moved, (t - h).max(0.0), conditions)?;
                    x.f_sub(&velocity.f_add(&there)?.f_mul_scalar(h / 2.0)?)?
                }
            };
        }
        Ok(x)
    }

    /// DDIM's equation 12, at times T/steps · i, rounded down.
    fn chain(
        &self,
        mut x: Tensor,
        (first, conditions): (usize, &[i64]),
        signal: &[f64],
        eta: f64,
    ) -> Result<Tensor, TchError> {
        let at = |step: usize| step * signal.len() / self.sampling.steps;
        for step in (0..self.sampling.steps).rev() {
            let (t, now) = (at(step), signal[at(step)]);
            let next = if step == 0 { 1.0 } else { signal[at(step - 1)] };
            let noise = self.predict(&x, t as f64, conditions)?;
            let image = x.f_sub(&noise.f_mul_scalar((1.0 - now).sqrt())?)?.f_div_scalar(now.sqrt())?;
            let variance = eta * eta * (1.0 - next) / (1.0 - now) * (1.0 - now / next);
            x = image
                .f_mul_scalar(next.sqrt())?
                .f_add(&noise.f_mul_scalar((1.0 - next - variance).max(0.0).sqrt())?)?;
            if variance > 0.0 {
                let drawn = self.noise(&format!("noise of step {step}"), first, conditions.len())?;
                x = x.f_add(&drawn.f_mul_scalar(variance.sqrt())?)?;
            }
        }
        Ok(x)
    }

    /// The prediction under the conditions, away from that under none where there is guidance.
    fn predict(&self, x: &Tensor, t: f64, conditions: &[i64]) -> Result<Tensor, TchError> {
        let time = |n: usize| Tensor::f_full([n as i64], t, self.options);
        let own = Tensor::from_slice(conditions).f_to_device(self.options.1)?;
        let n = conditions.len();
        if self.sampling.guidance == 1.0 {
            return (self.predict)(x, &Given { time: time(n)?, condition: own });
        }
        let none = own.f_full_like(self.none)?;
        let given = Given { time: time(2 * n)?, condition: Tensor::f_cat(&[&own, &none], 0)? };
        let both = (self.predict)(&Tensor::f_cat(&[x, x], 0)?, &given)?;
        let (own, none) = (both.f_narrow(0, 0, n as i64)?, both.f_narrow(0, n as i64, n as i64)?);
        none.f_add(&own.f_sub(&none)?.f_mul_scalar(self.sampling.guidance)?)
    }

    /// N(0, 1), a stream for each image.
    fn noise(&self, purpose: &str, first: usize, count: usize) -> Result<Tensor, TchError> {
        let [c, h, w] = self.shape;
        let mut values: Vec<f64> = Vec::new();
        for image in first..first + count {
            let mut stream = self.draws.stream(purpose, image);
            values.extend((0..c * h * w).map(|_| stream.normal()));
        }
        let noise = Tensor::from_slice(&values).f_view([count as i64, c, h, w])?;
        noise.f_to_kind(self.options.0)?.f_to_device(self.options.1)
    }
}

#[cfg(test)]
mod tests;
