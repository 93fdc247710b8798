//! Update rules.

use std::collections::BTreeMap;

use mu_step::Rule;
use tch::{TchError, Tensor};

use super::parameters::Moving;
use crate::nn::kernels::{Momentum, sgd, sign_sgd};
use crate::torch::gradients;

/// A rule with its state.
pub(super) struct Optimizer {
    pub(super) rule: Rule,
    pub(super) velocity: BTreeMap<String, Tensor>,
}

impl Optimizer {
    pub(super) fn new(rule: Rule) -> Self {
        Self { rule, velocity: BTreeMap::new() }
    }

    /// One step along the gradient of `loss` with learning rate `lr`. Where a parameter has a mask, the entries
    /// outside it keep their value and have no momentum.
    pub(super) fn step(&mut self, loss: &Tensor, lr: f64, moving: &[Moving]) -> Result<(), TchError> {
        let all: Vec<&Tensor> = moving.iter().map(|m| &m.tensor).collect();
        // What the loss does not depend on stays as it is, weight decay and momentum included, as with PyTorch's optimizers.
        let moved =
            moving.iter().zip(gradients(loss, &all)?).filter_map(|(m, gradient)| Some((m, gradient?)));
        let (moving, gradients): (Vec<&Moving>, Vec<Tensor>) = moved.unzip();
        let parameters: Vec<&Tensor> = moving.iter().map(|m| &m.tensor).collect();
        if moving.iter().all(|m| m.mask.is_none() && m.factor.is_none()) {
            return match self.rule {
                Rule::SignSgd => sign_sgd(&parameters, &gradients, lr),
                Rule::Sgd { momentum, weight_decay } => {
                    self.at_once(&parameters, &gradients, &moving, (lr, momentum, weight_decay))
                }
            };
        }
        tch::no_grad(|| {
            for (Moving { name, tensor, mask, factor }, mut gradient) in moving.into_iter().zip(gradients) {
                if let Some(factor) = factor {
                    gradient = gradient.f_mul(factor)?;
                }
                if let Rule::Sgd { weight_decay, .. } = self.rule
                    && weight_decay != 0.0
                {
                    gradient = gradient.f_add(&(tensor.shallow_clone() * weight_decay))?;
                }
                if let Some(mask) = mask {
                    gradient = gradient.f_mul(mask)?;
                }
                let direction = match self.rule {
                    Rule::SignSgd => gradient.f_sign()?,
                    Rule::Sgd { momentum: 0.0, .. } => gradient,
                    Rule::Sgd { momentum, .. } => match self.velocity.get_mut(name) {
                        Some(velocity) => velocity.f_mul_scalar_(momentum)?.f_add_(&gradient)?,
                        None => {
                            self.velocity.insert(name.clone(), gradient.copy());
                            gradient
                        }
                    },
                };
                let mut change = direction * lr;
                if let Some(mask) = mask {
                    change = change.f_mul(mask)?;
                }
                let _ = tensor.shallow_clone().f_sub_(&change)?;
            }
            Ok(())
        })
    }

    /// A step of every tensor in one pass.
    fn at_once(
        &mut self,
        parameters: &[&Tensor],
        gradients: &[Tensor],
        moving: &[&Moving],
        (lr, share, decay): (f64, f64, f64),
    ) -> Result<(), TchError> {
        let mut velocities = Vec::new();
        if share != 0.0 {
            for Moving { name, tensor, .. } in moving {
                if !self.velocity.contains_key(name) {
                    self.velocity.insert(name.clone(), tensor.detach().f_zeros_like()?);
                }
                velocities.push(self.velocity[name].shallow_clone());
            }
        }
        sgd(parameters, gradients, Momentum { velocities: &velocities, share }, lr, decay)
    }
}
