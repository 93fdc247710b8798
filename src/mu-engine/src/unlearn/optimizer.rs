//! A step along a gradient: clipping, weight decay and masks around an update rule.

use mu_kernels::{Momentum, sgd, sign_sgd};
use mu_step::{Clip, Rule};
use tch::{TchError, Tensor};

use super::entries::Moving;
use super::rules::{self, State, VELOCITY};
use crate::torch::gradients;

/// A gradient by each tensor that moves; none by those that a loss does not depend on.
pub(super) type Gradients = Vec<Option<Tensor>>;

/// A rule with its state.
pub(super) struct Optimizer {
    pub(super) rule: Rule,
    pub(super) state: State,
    /// The sum of gradients that wait for a step, and of how many batches. Between epochs nothing waits.
    waiting: Gradients,
    batches: usize,
}

impl Optimizer {
    pub(super) fn new(rule: Rule) -> Self {
        Self { rule, state: State::new(), waiting: Vec::new(), batches: 0 }
    }

    /// Adds the gradients of a batch to those that wait; their mean where they are as many as make a step, or the last.
    pub(super) fn gather(
        &mut self,
        gradients: Gradients,
        most: usize,
        last: bool,
    ) -> Result<Option<Gradients>, TchError> {
        self.batches += 1;
        let before = std::mem::take(&mut self.waiting);
        for (at, gradient) in gradients.into_iter().enumerate() {
            self.waiting.push(match (before.get(at), gradient) {
                (Some(Some(sum)), Some(gradient)) => Some(sum.f_add(&gradient)?),
                (Some(Some(sum)), None) => Some(sum.shallow_clone()),
                (_, gradient) => gradient,
            });
        }
        if self.batches < most && !last {
            return Ok(None);
        }
        let share = 1.0 / std::mem::take(&mut self.batches) as f64;
        let sums = std::mem::take(&mut self.waiting).into_iter();
        let means = sums.map(|sum| sum.map(|sum| sum.f_mul_scalar(share)).transpose());
        means.collect::<Result<_, _>>().map(Some)
    }

    /// One step along gradients with learning rate `lr`. Where a parameter has a mask, the entries outside it keep their value and have no
    /// momentum.
    pub(super) fn step(
        &mut self,
        gradients: Gradients,
        lr: f64,
        clip: Option<Clip>,
        moving: &[Moving],
    ) -> Result<(), TchError> {
        // What the loss does not depend on stays as it is, weight decay and momentum included, as with PyTorch's optimizers.
        let moved = moving.iter().zip(gradients).filter_map(|(m, gradient)| Some((m, gradient?)));
        let (moving, mut gradients): (Vec<&Moving>, Vec<Tensor>) = moved.unzip();
        if clip.is_none() && moving.iter().all(|m| m.mask.is_none() && m.factor.is_none()) {
            let parameters: Vec<&Tensor> = moving.iter().map(|m| &m.tensor).collect();
            match self.rule {
                Rule::SignSgd => return Ok(sign_sgd(&parameters, &gradients, lr)?),
                Rule::Sgd { momentum, weight_decay, dampening: 0.0, nesterov: false } => {
                    return self.at_once(&parameters, &gradients, &moving, (lr, momentum, weight_decay));
                }
                Rule::Sgd { .. }
                | Rule::Adam { .. }
                | Rule::Rmsprop { .. }
                | Rule::Adagrad { .. }
                | Rule::Lion { .. } => {}
            }
        }
        tch::no_grad(|| {
            for (Moving { mask, factor, .. }, gradient) in moving.iter().zip(&mut gradients) {
                for by in [factor, mask].into_iter().flatten() {
                    *gradient = gradient.f_mul(by)?;
                }
            }
            if let Some(clip) = clip {
                clipped(clip, &mut gradients)?;
            }
            for (Moving { name, tensor, mask, .. }, mut gradient) in moving.into_iter().zip(gradients) {
                let masked = |t: Tensor| match mask {
                    Some(mask) => t.f_mul(mask),
                    None => Ok(t),
                };
                let mut tensor = tensor.shallow_clone();
                let decay = rules::l2(self.rule);
                if decay != 0.0 {
                    gradient = masked(gradient.f_add(&tensor.f_mul_scalar(decay)?)?)?;
                }
                let apart = rules::decoupled(self.rule);
                if apart != 0.0 {
                    let change = masked(tensor.f_mul_scalar(lr * apart)?)?;
                    let _ = tensor.f_sub_(&change)?;
                }
                let direction = rules::direction(self.rule, name, &gradient, &mut self.state)?;
                let _ = tensor.f_sub_(&masked(direction.f_mul_scalar(lr)?)?)?;
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
            let known = self.state.entry(VELOCITY.to_owned()).or_default();
            for Moving { name, tensor, .. } in moving {
                if !known.contains_key(name) {
                    known.insert(name.clone(), tensor.detach().f_zeros_like()?);
                }
                velocities.push(known[name].shallow_clone());
            }
        }
        Ok(sgd(parameters, gradients, Momentum { velocities: &velocities, share }, lr, decay)?)
    }
}

/// The gradient of a loss by all that moves.
pub(super) fn gradient(loss: &Tensor, moving: &[Moving]) -> Result<Gradients, TchError> {
    let all: Vec<&Tensor> = moving.iter().map(|m| &m.tensor).collect();
    gradients(loss, &all)
}

/// Bounds gradients. The norm is taken over all of them, and stays on the device.
fn clipped(clip: Clip, gradients: &mut [Tensor]) -> Result<(), TchError> {
    match clip {
        Clip::Value(max) => {
            for gradient in gradients {
                *gradient = gradient.f_clamp(-max, max)?;
            }
        }
        Clip::Norm(max) => {
            let norms: Vec<Tensor> = gradients.iter().map(Tensor::f_norm).collect::<Result<_, _>>()?;
            if norms.is_empty() {
                return Ok(());
            }
            let norm = Tensor::f_stack(&norms, 0)?.f_norm()?;
            // PyTorch's own guard against a norm of zero.
            let factor = norm.f_add_scalar(1e-6)?.f_reciprocal()?.f_mul_scalar(max)?.f_clamp_max(1.0)?;
            for gradient in gradients {
                *gradient = gradient.f_mul(&factor)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use tch::{Device, Kind};

    use super::*;

    /// 50 steps of PyTorch 2.11, or of the paper's own lines (`tests/parity/make_optimizers.py`).
    #[derive(Deserialize)]
    struct Case {
        rule: Rule,
        clip: Option<Clip>,
        lr: f64,
        after: [Vec<f64>; 2],
    }

    fn cases() -> Vec<Case> {
        serde_json::from_str(include_str!("../../../../tests/parity/fixtures/optimizers.json")).unwrap()
    }

    fn fill(n: i64, phase: f64) -> Tensor {
        (Tensor::arange(n, (Kind::Double, Device::Cpu)) * 0.37 + phase).sin()
    }

    fn loss(moving: &[Moving], step: usize) -> Tensor {
        let of = |(k, m): (usize, &Moving)| {
            let flat = m.tensor.flatten(0, -1);
            let n = flat.numel() as i64;
            let a = Tensor::arange_start(1, n + 1, (Kind::Double, Device::Cpu)) * (0.3 + k as f64);
            (&a * flat.square() / 2.0 + a.cos() * flat.sin()).sum(Kind::Double)
        };
        let total: Tensor = moving.iter().enumerate().map(of).sum();
        total * (1.0 + (step as f64).sin() / 2.0)
    }

    /// The two tensors after 50 steps.
    fn run(case: &Case, mask: impl Fn(&Tensor) -> Option<Tensor>) -> Vec<Vec<f64>> {
        let tensors = [fill(6, 0.0).view([2, 3]).copy(), fill(4, 1.0)];
        let moving: Vec<Moving> = tensors
            .iter()
            .zip(["a", "b"])
            .map(|(tensor, name)| Moving {
                name: name.to_owned(),
                tensor: tensor.set_requires_grad(true),
                mask: mask(tensor),
                factor: None,
            })
            .collect();
        let mut optimizer = Optimizer::new(case.rule);
        (0..50).for_each(|step| {
            optimizer
                .step(gradient(&loss(&moving, step), &moving).unwrap(), case.lr, case.clip, &moving)
                .unwrap();
        });
        moving.iter().map(|m| Vec::try_from(m.tensor.detach().flatten(0, -1)).unwrap()).collect()
    }

    fn distance(a: &[Vec<f64>], b: &[Vec<f64>]) -> f64 {
        a.iter().flatten().zip(b.iter().flatten()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    }

    #[test]
    fn fifty_steps_are_pytorchs() {
        let cases = cases();
        assert!(cases.len() >= 12);
        for case in cases {
            let off = distance(&run(&case, |_| None), &case.after);
            assert!(off < 1e-8, "{:?} {:?}: off by {off:e}", case.rule, case.clip);
        }
    }

    /// A mask of ones changes nothing: both ways through a step agree. What lies outside a mask keeps its value to the last bit.
    #[test]
    fn masks_hold_for_every_rule() {
        for case in cases() {
            let whole = run(&case, |t| Some(t.ones_like()));
            assert!(distance(&whole, &case.after) < 1e-8, "{:?}", case.rule);
            let even = |t: &Tensor| {
                let n = t.numel() as i64;
                Tensor::arange(n, (Kind::Double, Device::Cpu)).remainder(2.0).view(t.size().as_slice())
            };
            let half = run(&case, |t| Some(even(t)));
            let start = [fill(6, 0.0), fill(4, 1.0)];
            for (after, before) in half.iter().zip(start) {
                for (i, value) in after.iter().enumerate() {
                    let moved = value.to_bits() != before.double_value(&[i as i64]).to_bits();
                    assert_eq!(moved, i % 2 == 1, "{:?}: entry {i}", case.rule);
                }
            }
        }
    }
}
