//! Models that a method makes on the side, lookaheads, and arithmetic of weights.

use mu_step::{Action, Failure, Multiple, ParameterSet, Weights};
use tch::{TchError, Tensor};

use super::interpret::{IN_ASIDE, IN_LOOKAHEAD, Interpreter, Place};
use super::optimizer::Optimizer;
use super::waiting::{Waiting, copies};
use crate::artefact::Tensors;
use crate::nn::{Network, channels_last};
use crate::torch;

impl<'g> Interpreter<'_, 'g> {
    /// Runs actions on a copy of the weights, and keeps what they make. Where an earlier process was within them, what waits is in the
    /// state that is taken up.
    pub(super) fn aside(
        &mut self,
        model: usize,
        actions: &[Action],
        place: Place<'_>,
        network: &mut Network<'g>,
        optimizers: &mut Vec<Optimizer>,
    ) -> Result<(), Failure> {
        if self.resume.is_none() {
            let waiting = Waiting {
                weights: copies(&network.tensors),
                average: self.teachers.as_ref().and_then(|t| t.running_mean()).map(|n| copies(&n.tensors)),
                moving: self.moving.as_ref().map(super::parameters::copy),
                slow: self.slow.iter().map(|(entries, by)| (super::parameters::copy(entries), *by)).collect(),
                optimizers: std::mem::take(optimizers),
            };
            self.waiting.push(waiting);
        }
        let mut own = Vec::new();
        for (inner, action) in actions.iter().enumerate() {
            let phase = place.phase + IN_ASIDE * (inner + 1);
            let place = Place { phase, round: 0, rounds: 1, judged: None };
            self.action(action, place, network, &mut own)?;
            // Each statement has optimizers of its own, as in a method.
            if self.resume.is_none() {
                own.clear();
            }
        }
        if self.resume.is_some() {
            return Ok(());
        }
        let Some(waiting) = self.waiting.pop() else { return Ok(()) };
        if let Some(teachers) = &mut self.teachers {
            let mut made = network.frozen();
            made.settle().map_err(|e| torch::failed(&e))?;
            teachers.keep(model, made);
            if let (Some(average), Some(before)) = (teachers.average_mut(), waiting.average) {
                average.tensors = before;
            }
        }
        network.tensors = waiting.weights;
        (self.moving, self.slow, *optimizers) = (waiting.moving, waiting.slow, waiting.optimizers);
        Ok(())
    }

    /// Runs actions for some rounds; then every parameter is where it was, and a share of the way to where it is.
    pub(super) fn lookahead(
        &mut self,
        (rounds, share): (usize, f64),
        actions: &[Action],
        place: Place<'_>,
        network: &mut Network<'g>,
        optimizers: &mut Vec<Optimizer>,
    ) -> Result<(), Failure> {
        let own = network.graph().parameters(&ParameterSet::All).unwrap_or_default();
        if self.resume.is_none() {
            let parameters = network.tensors.iter().filter(|(name, _)| own.contains(name));
            self.ahead = Some(parameters.map(|(name, t)| (name.clone(), t.detach().copy())).collect());
        }
        for inner_round in 0..rounds {
            for (inner, action) in actions.iter().enumerate() {
                let phase = place.phase + IN_LOOKAHEAD * (inner + 1);
                let round = place.round * rounds + inner_round;
                let place = Place { phase, round, rounds: place.rounds * rounds, judged: None };
                self.action(action, place, network, optimizers)?;
            }
        }
        if self.resume.is_some() {
            return Ok(());
        }
        let Some(before) = self.ahead.take() else { return Ok(()) };
        let moved = tch::no_grad(|| {
            for (name, slow) in before {
                let fast = network.tensors[&name].detach();
                network.tensors.insert(name, slow.f_lerp(&fast, share)?);
            }
            Ok(())
        });
        moved.map_err(|e: TchError| torch::failed(&e))
    }

    /// Sets the weights to a sum of models.
    pub(super) fn combine(&mut self, sum: &[Multiple], network: &mut Network<'g>) -> Result<(), TchError> {
        tch::no_grad(|| {
            let mut made = Tensors::new();
            for (name, now) in &network.tensors {
                let mut value = self.summed(sum, name, network)?;
                if name.ends_with("running_var") {
                    value = value.f_clamp_min(0.0)?;
                }
                made.insert(name.clone(), channels_last(value.f_to_kind(now.kind())?)?);
            }
            network.tensors = made;
            Ok(())
        })
    }

    /// A tensor of a sum of models.
    fn summed(&self, sum: &[Multiple], name: &str, network: &Network<'g>) -> Result<Tensor, TchError> {
        let like = network.tensors[name].detach();
        let mut whole = like.f_zeros_like()?;
        for Multiple { factor, of } in sum {
            let value =
                self.weights_of(of, name, network)?.f_to_kind(like.kind())?.f_to_device(like.device())?;
            whole = whole.f_add(&value.f_mul_scalar(*factor)?)?;
        }
        Ok(whole)
    }

    fn weights_of(&self, of: &Weights, name: &str, network: &Network<'g>) -> Result<Tensor, TchError> {
        let missing = |what: &str| TchError::Torch(format!("{what} has no tensor {name}"));
        let find = |tensors: Option<&Tensors>, what: &str| {
            tensors.and_then(|t| t.get(name)).map(Tensor::detach).ok_or_else(|| missing(what))
        };
        let teachers = self.teachers.as_ref();
        match of {
            Weights::Original => find(self.originals, "the original model"),
            Weights::Present => find(Some(&network.tensors), "the network"),
            Weights::Scratch => {
                find(teachers.and_then(|t| t.scratch()).map(|n| &n.tensors), "the fresh initialisation")
            }
            Weights::Aside { model } => {
                find(teachers.and_then(|t| t.aside(*model)).map(|n| &n.tensors), "the model on the side")
            }
            Weights::Consensus { of } => {
                let mut values = Vec::new();
                for sum in of {
                    values.push(self.summed(sum, name, network)?);
                }
                let all = Tensor::f_stack(&values, 0)?;
                let positive = all.f_gt(0.0)?.f_all_dim(0, false)?;
                let negative = all.f_lt(0.0)?.f_all_dim(0, false)?;
                let one_sign = positive.f_logical_or(&negative)?.f_to_kind(all.kind())?;
                all.f_mean_dim([0i64].as_slice(), false, all.kind())?.f_mul(&one_sign)
            }
        }
    }
}
