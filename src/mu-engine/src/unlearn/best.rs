//! `keep best`: the network after each epoch is judged, and a method ends with the best.

use mu_step::{Action, Criterion, Failure, FailureKind, LossTerm, Samples, Set, Stream, passes};
use tch::TchError;

use super::batch::Divisor;
use super::counts::counts;
use super::interpret::{Interpreter, Place, numbered};
use super::losses::Losses;
use super::waiting::copies;
use crate::artefact::Tensors;
use crate::nn::Network;
use crate::torch;

/// How many samples are looked at at once.
const BATCH: usize = 256;

/// The best so far.
#[derive(Default)]
pub(super) struct Best {
    /// Its value, and its weights; none before the first.
    pub(super) of: Option<(f64, Tensors)>,
}

impl<'g> Interpreter<'_, 'g> {
    /// Runs actions, and ends with the best weights of all moments at which they were judged.
    pub(super) fn keep_best(
        &mut self,
        by: &Criterion,
        actions: &[Action],
        place: Place<'_>,
        network: &mut Network<'g>,
    ) -> Result<(), Failure> {
        if self.resume.is_none() {
            self.best = Some(Best::default());
        }
        for (phase, action) in numbered(actions, place.phase + 1) {
            let place = Place { phase, judged: Some(by), ..place };
            self.action(action, place, network, &mut Vec::new())?;
        }
        if self.resume.is_some() {
            return Ok(());
        }
        if let Some((_, weights)) = self.best.take().and_then(|best| best.of) {
            network.tensors = weights;
        }
        Ok(())
    }

    /// Judges the network where the best is kept: the first of equals stays.
    pub(super) fn judge(&mut self, place: Place<'_>, network: &Network<'g>) -> Result<(), Failure> {
        let Some(by) = place.judged.filter(|_| self.resume.is_none()) else { return Ok(()) };
        let value = self.value(by, network)?;
        if !value.is_finite() {
            let message = format!("what `keep best` looks at is {value} after {} epochs", self.done);
            return Err(Failure::new(FailureKind::Diverged, message));
        }
        if let Some(best) = &mut self.best
            && best.of.as_ref().is_none_or(|(least, _)| value < *least)
        {
            best.of = Some((value, copies(&network.tensors)));
        }
        Ok(())
    }

    fn value(&mut self, by: &Criterion, network: &Network<'g>) -> Result<f64, Failure> {
        Ok(match by {
            Criterion::Number { value } => *value,
            Criterion::Loss { over, terms } => self.loss_over(*over, terms, network)?,
            Criterion::Sum { of } => {
                let mut sum = 0.0;
                for of in of {
                    sum += self.value(of, network)?;
                }
                sum
            }
            Criterion::Scaled { factor, of } => factor * self.value(of, network)?,
            Criterion::Abs { of } => self.value(of, network)?.abs(),
        })
    }

    fn loss_over(
        &mut self,
        over: Samples,
        terms: &[LossTerm],
        network: &Network<'g>,
    ) -> Result<f64, Failure> {
        let samples = match over {
            Samples::Forget => self.membership.members(Set::Forget),
            Samples::Retain => self.membership.members(Set::Retain),
            Samples::Validation => self.data.validation.clone(),
        };
        if samples.is_empty() {
            let what = match over {
                Samples::Forget => "forget",
                Samples::Retain => "retain",
                Samples::Validation => "validation",
            };
            let message = format!("`keep best` looks at the {what} set, which has no samples");
            return Err(Failure::new(FailureKind::BadData, message));
        }
        let found = self.mean_over(over, &samples, terms, network);
        self.spent(samples.len(), passes(terms), network);
        found.map_err(|e| torch::failed(&e))
    }

    fn mean_over(
        &mut self,
        over: Samples,
        samples: &[i64],
        terms: &[LossTerm],
        network: &Network<'g>,
    ) -> Result<f64, TchError> {
        let stream = Stream { over: Vec::new(), clean: true, evaluation: true, noise: None };
        let mut prepared = Vec::new();
        for term in terms {
            prepared.push(self.prepare(term, &[], network, None)?);
        }
        let counts = counts(&self.data.train.labels, &self.data.training, network.classes(), network.kind())?;
        let mut sum = 0.0;
        for chunk in samples.chunks(BATCH) {
            tch::no_grad(|| -> Result<(), TchError> {
                let mut seen = self.plain(&stream, chunk, &prepared, network)?;
                seen.divisor = Divisor::Samples(samples.len() as f64);
                // They stand in the place of the set that the terms name.
                if over == Samples::Validation {
                    seen.forget = seen.forget.f_zeros_like()?;
                }
                let Some(teachers) = &self.teachers else { return Ok(()) };
                let epoch = (0.0, 1.0);
                let (pixels, draws) = (&self.pixels, self.draws);
                let losses = Losses { network, teachers, epoch, counts: &counts, pixels, draws };
                if let Some(loss) = losses.total(&prepared, &[seen])? {
                    sum += loss.f_double_value(&[])?;
                }
                Ok(())
            })?;
        }
        Ok(sum)
    }
}
