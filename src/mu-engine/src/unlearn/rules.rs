//! Update rules: a gradient, and what was before, → the direction of a step. Formulas: `mu_step::Rule`; each is in PyTorch's form.

use std::collections::BTreeMap;

use mu_step::Rule;
use tch::{Kind, TchError, Tensor};

use crate::artefact::Tensors;

/// What a rule remembers: by what it is, then by parameter.
pub(super) type State = BTreeMap<String, Tensors>;

/// The momentum of SGD.
pub(super) const VELOCITY: &str = "velocity";
/// A running mean of gradients.
const MEAN: &str = "mean";
/// A running mean, or sum, of squared gradients.
const SQUARE: &str = "square";
/// How many steps a parameter has made, one number.
const STEPS: &str = "steps";

/// What a parameter remembers under a name; `fresh` makes it the first time.
fn slot(
    state: &mut State,
    what: &str,
    parameter: &str,
    fresh: impl FnOnce() -> Result<Tensor, TchError>,
) -> Result<Tensor, TchError> {
    if let Some(tensor) = state.get(what).and_then(|of| of.get(parameter)) {
        return Ok(tensor.shallow_clone());
    }
    let tensor = fresh()?;
    state.entry(what.to_owned()).or_default().insert(parameter.to_owned(), tensor.shallow_clone());
    Ok(tensor)
}

/// The coefficient of weight decay that is added to the gradient.
pub(super) fn l2(rule: Rule) -> f64 {
    match rule {
        Rule::Sgd { weight_decay, .. }
        | Rule::Rmsprop { weight_decay, .. }
        | Rule::Adagrad { weight_decay, .. }
        | Rule::Adam { weight_decay, decoupled: false, .. } => weight_decay,
        Rule::Adam { decoupled: true, .. } | Rule::Lion { .. } | Rule::SignSgd => 0.0,
    }
}

/// The coefficient of weight decay that is apart from the gradient.
pub(super) fn decoupled(rule: Rule) -> f64 {
    match rule {
        Rule::Adam { weight_decay, decoupled: true, .. } | Rule::Lion { weight_decay, .. } => weight_decay,
        Rule::Adam { .. }
        | Rule::Sgd { .. }
        | Rule::Rmsprop { .. }
        | Rule::Adagrad { .. }
        | Rule::SignSgd => 0.0,
    }
}

/// The direction d of the step θ −= η·d along a gradient, weight decay included; the state goes on.
pub(super) fn direction(
    rule: Rule,
    parameter: &str,
    gradient: &Tensor,
    state: &mut State,
) -> Result<Tensor, TchError> {
    let zeros = || gradient.f_zeros_like();
    match rule {
        Rule::SignSgd => gradient.f_sign(),
        Rule::Sgd { momentum: 0.0, .. } => Ok(gradient.shallow_clone()),
        Rule::Sgd { momentum, dampening, nesterov, .. } => {
            let known = state.get(VELOCITY).is_some_and(|of| of.contains_key(parameter));
            let mut velocity = slot(state, VELOCITY, parameter, || gradient.f_detach_copy())?;
            if known {
                let _ = velocity.f_mul_scalar_(momentum)?.f_add_(&gradient.f_mul_scalar(1.0 - dampening)?)?;
            }
            if nesterov { gradient.f_add(&velocity.f_mul_scalar(momentum)?) } else { Ok(velocity) }
        }
        Rule::Adam { beta1, beta2, epsilon, .. } => {
            let mut mean = slot(state, MEAN, parameter, zeros)?;
            let mut square = slot(state, SQUARE, parameter, zeros)?;
            let steps = counted(state, parameter, gradient)?;
            follow(&mut mean, gradient, beta1)?;
            follow(&mut square, &gradient.f_square()?, beta2)?;
            // 1 − βᵗ: the means begin with zeros.
            let bias = |beta: f64| -> Result<Tensor, TchError> {
                Tensor::f_pow_scalar(beta, &steps)?.f_neg()?.f_add_scalar(1.0)?.f_to_kind(gradient.kind())
            };
            let root = square.f_sqrt()?.f_div(&bias(beta2)?.f_sqrt()?)?.f_add_scalar(epsilon)?;
            mean.f_div(&bias(beta1)?)?.f_div(&root)
        }
        Rule::Rmsprop { alpha, epsilon, momentum, centered, .. } => {
            let mut square = slot(state, SQUARE, parameter, zeros)?;
            follow(&mut square, &gradient.f_square()?, alpha)?;
            let variance = if centered {
                let mut mean = slot(state, MEAN, parameter, zeros)?;
                follow(&mut mean, gradient, alpha)?;
                square.f_sub(&mean.f_square()?)?
            } else {
                square
            };
            let scaled = gradient.f_div(&variance.f_sqrt()?.f_add_scalar(epsilon)?)?;
            if momentum == 0.0 {
                return Ok(scaled);
            }
            let mut velocity = slot(state, VELOCITY, parameter, zeros)?;
            let _ = velocity.f_mul_scalar_(momentum)?.f_add_(&scaled)?;
            Ok(velocity)
        }
        Rule::Adagrad { lr_decay, epsilon, initial, .. } => {
            let mut sum = slot(state, SQUARE, parameter, || gradient.f_full_like(initial))?;
            let _ = sum.f_add_(&gradient.f_square()?)?;
            let scaled = gradient.f_div(&sum.f_sqrt()?.f_add_scalar(epsilon)?)?;
            if lr_decay == 0.0 {
                return Ok(scaled);
            }
            let before = counted(state, parameter, gradient)?.f_sub_scalar(1.0)?;
            scaled.f_div(&before.f_mul_scalar(lr_decay)?.f_add_scalar(1.0)?.f_to_kind(gradient.kind())?)
        }
        Rule::Lion { beta1, beta2, .. } => {
            let mut mean = slot(state, MEAN, parameter, zeros)?;
            let kept = mean.f_mul_scalar(beta1)?;
            let direction = kept.f_add(&gradient.f_mul_scalar(1.0 - beta1)?)?.f_sign()?;
            follow(&mut mean, gradient, beta2)?;
            Ok(direction)
        }
    }
}

/// mean ← β·mean + (1 − β)·value, in place.
fn follow(mean: &mut Tensor, value: &Tensor, beta: f64) -> Result<(), TchError> {
    let _ = mean.f_mul_scalar_(beta)?.f_add_(&value.f_mul_scalar(1.0 - beta)?)?;
    Ok(())
}

/// The number of a parameter's steps with this one. It lies on the device, so that recorded steps count as well.
fn counted(state: &mut State, parameter: &str, beside: &Tensor) -> Result<Tensor, TchError> {
    let mut steps = slot(state, STEPS, parameter, || Tensor::f_zeros([], (Kind::Double, beside.device())))?;
    steps.f_add_scalar_(1.0)
}
