//! SAM: weights that stand elsewhere while a gradient is taken.

use mu_step::ParameterSet;
use tch::{TchError, Tensor};

use super::entries::Moving;
use super::optimizer::Gradients;
use crate::nn::Network;

/// Against a gradient of zero; the paper's code has it.
const LEAST: f64 = 1e-12;

/// Weights that were moved, with what they were before, and the running statistics at that moment.
pub(super) struct Away {
    before: Vec<(Tensor, Tensor)>,
}

impl Away {
    /// Moves weights by `rho` along gradients, within their masks.
    pub(super) fn go(
        gradients: Gradients,
        rho: f64,
        moving: &[Moving],
        network: &Network<'_>,
    ) -> Result<Self, TchError> {
        tch::no_grad(|| {
            let mut along = Vec::new();
            for (Moving { tensor, mask, .. }, gradient) in moving.iter().zip(gradients) {
                let Some(mut gradient) = gradient else { continue };
                if let Some(mask) = mask {
                    gradient = gradient.f_mul(mask)?;
                }
                along.push((tensor, gradient));
            }
            let mut before = Vec::new();
            let own = network.graph().parameters(&ParameterSet::All).unwrap_or_default();
            for (name, tensor) in &network.tensors {
                if !own.contains(name) {
                    before.push((tensor.shallow_clone(), tensor.copy()));
                }
            }
            let norms: Vec<Tensor> = along.iter().map(|(_, g)| g.f_norm()).collect::<Result<_, _>>()?;
            if norms.is_empty() {
                return Ok(Self { before });
            }
            let norm = Tensor::f_stack(&norms, 0)?.f_norm()?;
            let scale = norm.f_add_scalar(LEAST)?.f_reciprocal()?.f_mul_scalar(rho)?;
            for (tensor, gradient) in along {
                before.push((tensor.shallow_clone(), tensor.detach().copy()));
                let _ = tensor.shallow_clone().f_add_(&gradient.f_mul(&scale)?)?;
            }
            Ok(Self { before })
        })
    }

    /// Puts everything back, to the last bit.
    pub(super) fn back(self) {
        tch::no_grad(|| self.before.into_iter().for_each(|(mut now, then)| now.copy_(&then)));
    }
}
