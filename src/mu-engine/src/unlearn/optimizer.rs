//! Update rules.

use std::collections::BTreeMap;

use mu_step::Rule;
use tch::{TchError, Tensor};

use super::parameters::Moving;

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
        let parameters: Vec<&Tensor> = moving.iter().map(|m| &m.tensor).collect();
        let gradients = Tensor::f_run_backward(&[loss], &parameters, false, false)?;
        tch::no_grad(|| {
            for (Moving { name, tensor, mask, factor }, mut gradient) in moving.iter().zip(gradients) {
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
}
