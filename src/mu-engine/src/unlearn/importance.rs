//! What the entries of parameters are ranked by.

use mu_step::{LossTerm, Portion, Score, Set, Stream};
use tch::{TchError, Tensor};

use super::batch::Divisor;
use super::counts::counts;
use super::entries::{Entries, Importance};
use super::interpret::Interpreter;
use super::losses::Losses;
use crate::artefact::Tensors;
use crate::nn::Network;
use crate::torch;

/// What a mean over a batch divides by.
#[derive(Clone, Copy, PartialEq)]
enum Mean {
    /// The samples of the whole set.
    OfSet,
    /// Those of the batch.
    OfBatch,
}

impl<'g> Interpreter<'_, 'g> {
    /// The score of every entry, by tensor.
    pub(super) fn scores(
        &mut self,
        by: &Score,
        of: &Entries,
        network: &Network<'g>,
    ) -> Result<Vec<Tensor>, TchError> {
        let names: Vec<&str> = of.iter().map(|(n, _)| n.as_str()).collect();
        match by {
            Score::Magnitude => names.iter().map(|n| network.tensors[*n].detach().f_abs()).collect(),
            Score::Gradient { loss, batch } => {
                let mut sum = zeros(&names, network)?;
                self.of_batches((loss, *batch, Mean::OfSet), &names, network, |_, gradients| {
                    add(&mut sum, gradients)
                })?;
                sum.iter().map(Tensor::f_abs).collect()
            }
            Score::SquaredGradient { loss, batch } => {
                let found = self.of_original(by, (loss, *batch), network)?;
                let score = |name: &&str| {
                    let missing = || TchError::Torch(format!("the original model has no tensor {name}"));
                    found.get(*name).map(Tensor::shallow_clone).ok_or_else(missing)
                };
                names.iter().map(score).collect()
            }
        }
    }

    /// The squared gradients of the original model, of all its parameters.
    fn of_original(
        &mut self,
        score: &Score,
        (loss, batch): (&[LossTerm], usize),
        network: &Network<'g>,
    ) -> Result<Tensors, TchError> {
        let copy = |of: &Tensors| of.iter().map(|(n, t)| (n.clone(), t.shallow_clone())).collect();
        let known = self.importances.iter().position(|known| known.of == *score);
        if let Some(tensors) = known.and_then(|at| self.importances[at].tensors.as_ref()) {
            return Ok(copy(tensors));
        }
        let original = self.original_like(network)?;
        let all = network.graph().parameters(&mu_step::ParameterSet::All).unwrap_or_default();
        let names: Vec<&str> = all.iter().map(String::as_str).collect();
        let mut sum = zeros(&names, &original)?;
        let before = self.cost;
        self.of_batches((loss, batch, Mean::OfBatch), &names, &original, |batches, gradients| {
            let squares = gradients.iter().map(|g| g.f_square()?.f_div_scalar(batches as f64));
            add(&mut sum, squares.collect::<Result<_, _>>()?)
        })?;
        let tensors: Tensors = all.iter().cloned().zip(sum).collect();
        let found = copy(&tensors);
        match known {
            Some(at) => {
                self.cost = before;
                self.importances[at].tensors = Some(tensors);
            }
            None => self.importances.push(Importance { of: score.clone(), tensors: Some(tensors) }),
        }
        Ok(found)
    }

    /// The original model, which computes as the student does, and has an added class where that has one.
    fn original_like(&self, network: &Network<'g>) -> Result<Network<'g>, TchError> {
        let none = || TchError::Torch("the step has no original model".to_owned());
        let missing = |name: String| TchError::Torch(format!("the original model has no tensor {name}"));
        let mut original =
            Network::with(network.graph(), self.originals.ok_or_else(none)?).map_err(missing)?;
        original.compute_like(network)?;
        if network.has_added_class() {
            original.add_class(self.draws)?;
        }
        Ok(original)
    }

    /// The gradients of the terms over the batches of each set that they speak of, in evaluation mode and without augmentation, by the tensors of
    /// these names. `each` is told how many batches the set has.
    fn of_batches(
        &mut self,
        (terms, batch, mean): (&[LossTerm], usize, Mean),
        names: &[&str],
        network: &Network<'g>,
        mut each: impl FnMut(usize, Vec<Tensor>) -> Result<(), TchError>,
    ) -> Result<(), TchError> {
        let parameters: Vec<Tensor> =
            names.iter().map(|n| network.tensors[*n].set_requires_grad(true)).collect();
        let counts = counts(&self.data.train.labels, &self.data.training, network.classes(), network.kind())?;
        for set in [Set::Forget, Set::Retain] {
            let stream = Stream {
                over: vec![Portion { set, share: 1.0 }],
                clean: true,
                evaluation: true,
                noise: None,
            };
            let of_set: Vec<&LossTerm> = terms.iter().filter(|t| t.quantity.set() == Some(set)).collect();
            if of_set.is_empty() {
                continue;
            }
            let mut prepared = Vec::new();
            for term in of_set {
                prepared.push(self.prepare(term, &[], network, None)?);
            }
            let samples = self.membership.members(set);
            let batches = samples.chunks(batch.max(1));
            let count = batches.len();
            for chunk in batches {
                let mut seen = self.plain(&stream, chunk, &prepared, network)?;
                if mean == Mean::OfSet {
                    seen.divisor = Divisor::Samples(samples.len() as f64);
                }
                let Some(teachers) = &self.teachers else { continue };
                let (pixels, draws) = (&self.pixels, self.draws);
                let losses = Losses { network, teachers, epoch: (0.0, 1.0), counts: &counts, pixels, draws };
                if let Some(loss) = losses.total(&prepared, &[seen])? {
                    let gradients = torch::whole_gradients(&loss, &parameters)?;
                    each(count, gradients.into_iter().map(|g| g.detach()).collect())?;
                }
                self.spent(chunk.len(), 3.0, network);
            }
        }
        for parameter in parameters {
            let _ = parameter.set_requires_grad(false);
        }
        Ok(())
    }
}

fn zeros(names: &[&str], network: &Network<'_>) -> Result<Vec<Tensor>, TchError> {
    names.iter().map(|n| network.tensors[*n].detach().f_zeros_like()).collect()
}

fn add(sum: &mut [Tensor], to_add: Vec<Tensor>) -> Result<(), TchError> {
    for (sum, part) in sum.iter_mut().zip(to_add) {
        let _ = sum.f_add_(&part)?;
    }
    Ok(())
}
