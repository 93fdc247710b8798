//! The interpreter of procedures. One text, two readings: with membership in {0, 1} it is the method;
//! with weights in [0, 1] it is the lower level of the worst-case selection.

use mu_step::{Action, Failure, FailureKind, Labels, ParameterSet, Procedure, Reduction, Repeat, Set};
use serde::Serialize;
use tch::{Kind, TchError, Tensor};

use super::Cost;
use super::optimizer::Optimizer;
use crate::data::Dataset;
use crate::draw::{Draw, Draws};
use crate::nn::Network;
use crate::torch;

/// How much each sample of the training part belongs to the forget set: w_i, by sample number.
pub(crate) struct Membership {
    forget: Vec<f32>,
    /// Whether weights may lie between 0 and 1; every training sample is then in every set.
    weighted: bool,
}

impl Membership {
    /// Nothing is to be forgotten.
    pub(crate) fn none(data: &Dataset) -> Self {
        Self::of(data, &[])
    }

    /// A set of sample numbers.
    pub(crate) fn of(data: &Dataset, forget: &[i64]) -> Self {
        let mut weights = vec![0.0; data.train.labels.size()[0] as usize];
        forget.iter().for_each(|i| weights[*i as usize] = 1.0);
        Self { forget: weights, weighted: false }
    }

    /// Weights of the training samples, in their order.
    pub(crate) fn weighted(data: &Dataset, weights: &[f64]) -> Self {
        let mut all = vec![0.0; data.train.labels.size()[0] as usize];
        data.training.iter().zip(weights).for_each(|(i, w)| all[*i as usize] = *w as f32);
        Self { forget: all, weighted: true }
    }

    /// The training samples that sets run over.
    fn samples(&self, data: &Dataset, over: &[Set]) -> Vec<i64> {
        let belongs = |i: i64| {
            let forget = self.forget[i as usize] > 0.5;
            self.weighted || over.contains(if forget { &Set::Forget } else { &Set::Retain })
        };
        data.training.iter().copied().filter(|i| belongs(*i)).collect()
    }
}

/// An epoch of the log.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Epoch {
    phase: usize,
    epoch: usize,
    lr: f64,
    /// Mean of what was minimised, per sample.
    loss: f64,
}

/// Interprets procedures on a data set.
pub(crate) struct Interpreter<'a> {
    pub(crate) data: &'a Dataset,
    pub(crate) membership: &'a Membership,
    pub(crate) draws: Draws,
    /// Called after each epoch: done, of, a note.
    pub(crate) say: &'a mut dyn FnMut(usize, usize, String),
}

impl Interpreter<'_> {
    /// Runs a procedure on a network that has its starting weights.
    pub(crate) fn run(
        &mut self,
        procedure: &Procedure,
        network: &mut Network<'_>,
    ) -> Result<(Cost, Vec<Epoch>), Failure> {
        let (mut cost, mut log) = (Cost::default(), Vec::new());
        let mut movable = ParameterSet::All;
        let repeats = procedure
            .actions
            .iter()
            .filter_map(|a| if let Action::Repeat(r) = a { Some(r.epochs) } else { None });
        let total = repeats.sum();
        for (phase, action) in procedure.actions.iter().enumerate() {
            match action {
                Action::Update { only } => movable = *only,
                Action::Reinit { parameters } => {
                    network.reinit(*parameters, self.draws).map_err(|e| torch::failed(&e))?;
                }
                Action::Repeat(repeat) => {
                    self.repeat(repeat, phase, total, movable, network, &mut cost, &mut log)?
                }
            }
        }
        Ok((cost, log))
    }

    #[allow(clippy::too_many_arguments, reason = "the state of one run")]
    fn repeat(
        &mut self,
        repeat: &Repeat,
        phase: usize,
        total: usize,
        movable: ParameterSet,
        network: &mut Network<'_>,
        cost: &mut Cost,
        log: &mut Vec<Epoch>,
    ) -> Result<(), Failure> {
        let samples = self.membership.samples(self.data, &repeat.over);
        if samples.is_empty() {
            return Err(Failure::new(FailureKind::BadData, "a phase of the method runs over no samples"));
        }
        let parameters: Vec<Tensor> =
            network.parameters(movable).into_iter().map(|p| p.set_requires_grad(true)).collect();
        let mut optimizer = Optimizer::new(repeat.optimizer.rule, parameters);
        for epoch in 0..repeat.epochs {
            let lr = repeat.optimizer.lr * repeat.optimizer.schedule.factor(epoch, repeat.epochs);
            let index = phase * 1_000_000 + epoch;
            let loss = self
                .epoch(repeat, index, lr, &samples, network, &mut optimizer)
                .map_err(|e| torch::failed(&e))?;
            if !loss.is_finite() {
                let message = format!("the loss is {loss} in epoch {} (learning rate {lr})", epoch + 1);
                return Err(Failure::new(FailureKind::Diverged, message));
            }
            log.push(Epoch { phase, epoch, lr, loss });
            cost.epochs += 1;
            cost.samples += samples.len();
            (self.say)(cost.epochs, total, format!("loss {loss:.4}"));
        }
        for tensor in network.tensors.values_mut() {
            *tensor = tensor.detach();
        }
        Ok(())
    }

    /// One pass over the samples in a new order; the mean loss per sample.
    fn epoch(
        &self,
        repeat: &Repeat,
        index: usize,
        lr: f64,
        samples: &[i64],
        network: &Network<'_>,
        optimizer: &mut Optimizer,
    ) -> Result<f64, TchError> {
        let images = &self.data.train;
        let device = images.device();
        let order: Vec<i64> = self
            .draws
            .stream("order", index)
            .permutation(samples.len())
            .into_iter()
            .map(|p| samples[p])
            .collect();
        let augmentation = if repeat.clean { None } else { images.draw(self.draws, index, samples.len())? };
        let forget: Vec<f32> = order.iter().map(|i| self.membership.forget[*i as usize]).collect();
        let order = Tensor::from_slice(&order).f_to_device(device)?;
        let forget = Tensor::from_slice(&forget).f_to_device(device)?;
        let labels = images.labels.f_index_select(0, &order)?;
        let random = self.drawn_labels(repeat, Labels::Random, index, &labels, network)?;
        let other = self.drawn_labels(repeat, Labels::Other, index, &labels, network)?;
        let n = samples.len() as i64;
        let mut total = Tensor::f_zeros([], (Kind::Double, device))?;
        for at in (0..n).step_by(repeat.batch) {
            let b = (repeat.batch as i64).min(n - at);
            let cut = |t: &Tensor| t.f_narrow(0, at, b);
            let batch = images.batch(&cut(&order)?, augmentation.as_ref().map(|a| (a, at)))?;
            let log_p = network.forward(&batch, !repeat.evaluation)?.f_log_softmax(-1, Kind::Float)?;
            let weights = cut(&forget)?;
            let mut loss: Option<Tensor> = None;
            for term in &repeat.loss {
                let targets = match (term.labels, &random, &other) {
                    (Labels::Random, Some(random), _) => cut(random)?,
                    (Labels::Other, _, Some(other)) => cut(other)?,
                    _ => cut(&labels)?,
                };
                let each = log_p.f_gather(1, &targets.f_unsqueeze(1)?, false)?.f_squeeze_dim(1)?.f_neg()?;
                let weight = match term.set {
                    Set::Forget => weights.shallow_clone(),
                    Set::Retain => 1.0 - &weights,
                };
                let weighted = each.f_mul(&weight)?;
                let part = match term.reduction {
                    Reduction::Mean => weighted.f_mean(Kind::Float)?,
                    Reduction::Sum => weighted.f_sum(Kind::Float)?,
                };
                let part = part.f_mul_scalar(term.coefficient)?;
                loss = Some(match loss {
                    Some(sum) => sum.f_add(&part)?,
                    None => part,
                });
            }
            if let Some(loss) = loss {
                optimizer.step(&loss, lr)?;
                total = total.f_add(&loss.detach().f_to_kind(Kind::Double)?.f_mul_scalar(b as f64)?)?;
            }
        }
        total.f_double_value(&[]).map(|v| v / n as f64)
    }

    /// Labels drawn for the epoch by a law, where a term wants them; one number is drawn per sample.
    fn drawn_labels(
        &self,
        repeat: &Repeat,
        law: Labels,
        index: usize,
        labels: &Tensor,
        network: &Network<'_>,
    ) -> Result<Option<Tensor>, TchError> {
        if repeat.loss.iter().all(|t| t.labels != law) {
            return Ok(None);
        }
        let classes = network.classes();
        let mut stream = self.draws.stream("random labels", index);
        let truth = Vec::<i64>::try_from(labels.f_to_device(tch::Device::Cpu)?)?;
        let values: Vec<i64> = truth.into_iter().map(|t| drawn(law, t, classes, &mut stream)).collect();
        Tensor::from_slice(&values).f_to_device(self.data.train.device()).map(Some)
    }
}

/// A label by a law, for a sample whose own is `truth`.
pub(super) fn drawn(law: Labels, truth: i64, classes: usize, stream: &mut Draw) -> i64 {
    match law {
        Labels::True => truth,
        Labels::Other if classes > 1 => (truth + 1 + stream.below(classes - 1) as i64) % classes as i64,
        Labels::Random | Labels::Other => stream.below(classes) as i64,
    }
}

/// A weight that is no finite number is a diverged model, whatever the last loss was.
pub(crate) fn check_finite(network: &Network<'_>) -> Result<(), Failure> {
    for (name, tensor) in &network.tensors {
        if !torch::is_finite(tensor)? {
            return Err(Failure::new(
                FailureKind::Diverged,
                format!("{name} has values that are not finite"),
            ));
        }
    }
    Ok(())
}
