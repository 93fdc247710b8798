//! Update rules.

use mu_step::Rule;
use tch::{TchError, Tensor};

/// A rule with its state, over fixed parameters.
pub(crate) struct Optimizer {
    rule: Rule,
    parameters: Vec<Tensor>,
    velocity: Vec<Option<Tensor>>,
}

impl Optimizer {
    pub(crate) fn new(rule: Rule, parameters: Vec<Tensor>) -> Self {
        let velocity = parameters.iter().map(|_| None).collect();
        Self { rule, parameters, velocity }
    }

    /// One step along the gradient of `loss` with learning rate `lr`.
    pub(crate) fn step(&mut self, loss: &Tensor, lr: f64) -> Result<(), TchError> {
        let gradients = Tensor::f_run_backward(&[loss], &self.parameters, false, false)?;
        tch::no_grad(|| {
            for ((parameter, mut gradient), velocity) in
                self.parameters.iter_mut().zip(gradients).zip(&mut self.velocity)
            {
                let direction = match self.rule {
                    Rule::SignSgd => gradient.f_sign()?,
                    Rule::Sgd { momentum, weight_decay } => {
                        if weight_decay != 0.0 {
                            gradient = gradient.f_add(&(parameter.shallow_clone() * weight_decay))?;
                        }
                        match velocity {
                            _ if momentum == 0.0 => gradient,
                            Some(velocity) => velocity.f_mul_scalar_(momentum)?.f_add_(&gradient)?,
                            None => {
                                *velocity = Some(gradient.copy());
                                gradient
                            }
                        }
                    }
                };
                let _ = parameter.f_sub_(&(direction * lr))?;
            }
            Ok(())
        })
    }
}
