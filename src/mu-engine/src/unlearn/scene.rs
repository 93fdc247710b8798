//! What the words of a loss stand for in a step.

use mu_step::expression::{Law, Net, Part};
use tch::{Device, Kind, TchError, Tensor};

use super::batch::Seen;
use super::teachers::Teachers;
use crate::draw::Draws;
use crate::expression::{Scene, numbers};
use crate::nn::{Given, Network};

/// A batch in a step.
pub(super) struct Step<'s, 'g> {
    pub(super) network: &'s Network<'g>,
    pub(super) teachers: &'s Teachers<'g>,
    pub(super) seen: &'s Seen,
    /// The batch of the other stream.
    pub(super) beside: Option<&'s Seen>,
    /// Epoch and epochs of the phase.
    pub(super) epoch: (f64, f64),
    /// n_c of the training samples.
    pub(super) counts: &'s Tensor,
    pub(super) pixels: &'s [Tensor; 3],
    pub(super) draws: Draws,
}

impl Scene for Step<'_, '_> {
    fn kind(&self) -> Kind {
        self.network.kind()
    }

    fn device(&self) -> Device {
        self.network.device()
    }

    fn labels(&self) -> Result<Tensor, TchError> {
        Ok(self.seen.labels.shallow_clone())
    }

    fn images(&self) -> Result<Tensor, TchError> {
        Ok(self.seen.images.shallow_clone())
    }

    fn output(&self, of: &Net, part: &Part, at: Option<&Tensor>) -> Result<Tensor, TchError> {
        if let Some(at) = at {
            return match of {
                Net::Own => self.network.output(part, at, !self.seen.evaluation),
                _ => self.teachers.output(of, part, at),
            };
        }
        match of {
            Net::Own => self.seen.own(part),
            Net::Beside => {
                let beside = self
                    .beside
                    .ok_or_else(|| TchError::Torch("`beside` needs a second stream".to_owned()))?;
                beside.own(part).map(|t| t.detach())
            }
            _ => self.seen.once(of, part, || self.teachers.output(of, part, &self.seen.images)),
        }
    }

    fn prediction(&self, of: &Net, at: &Tensor, given: Given, looks: bool) -> Result<Tensor, TchError> {
        match of {
            Net::Own => self.network.predict(at, &given, !looks && !self.seen.evaluation),
            _ => self.teachers.prediction(of, at, &given),
        }
    }

    fn no_condition(&self) -> Result<i64, TchError> {
        Ok(self.network.classes() as i64)
    }

    fn drawn_classes(&self, number: usize) -> Result<Tensor, TchError> {
        let drawn = self.seen.drawn.of(number).map(Tensor::shallow_clone);
        drawn.ok_or_else(|| TchError::Torch(format!("draw {number} of the epoch is missing")))
    }

    fn drawn(&self, number: usize, law: Law, shape: &[i64], fixed: bool) -> Result<Tensor, TchError> {
        let (epoch, at) = self.seen.place;
        let mut stream = match fixed {
            true => self.draws.stream(&format!("fixed draw {number}"), 0),
            false => self.draws.stream(&format!("draw {number} of epoch {epoch}"), at),
        };
        numbers(&mut stream, law, shape)?.f_to_kind(self.kind())?.f_to_device(self.device())
    }

    fn progress(&self) -> f64 {
        progress(self.epoch)
    }

    fn new_class(&self) -> Result<i64, TchError> {
        Ok(self.network.classes() as i64)
    }

    fn class_count(&self) -> Result<Tensor, TchError> {
        Ok(self.counts.shallow_clone())
    }

    fn pixels(&self) -> Result<[Tensor; 3], TchError> {
        Ok(self.pixels.each_ref().map(Tensor::shallow_clone))
    }
}

/// How far a phase is, of so many epochs.
fn progress((done, all): (f64, f64)) -> f64 {
    if all > 0.0 { done / all } else { 0.0 }
}

/// An entry of parameters.
pub(super) struct Entry<'s, 'g> {
    pub(super) network: &'s Network<'g>,
    pub(super) teachers: &'s Teachers<'g>,
    pub(super) name: &'s str,
    /// Epoch and epochs of the phase.
    pub(super) epoch: (f64, f64),
}

impl Scene for Entry<'_, '_> {
    fn kind(&self) -> Kind {
        self.network.kind()
    }

    fn device(&self) -> Device {
        self.network.device()
    }

    fn labels(&self) -> Result<Tensor, TchError> {
        Err(TchError::Torch("parameters have no labels".to_owned()))
    }

    fn output(&self, _of: &Net, _part: &Part, _at: Option<&Tensor>) -> Result<Tensor, TchError> {
        Err(TchError::Torch("parameters have no outputs".to_owned()))
    }

    fn weights(&self, of: &Net) -> Result<Tensor, TchError> {
        let network = match of {
            Net::Own => self.network,
            _ => self.teachers.of_net(of)?,
        };
        let tensor = network.tensors.get(self.name).map(Tensor::shallow_clone);
        tensor.ok_or_else(|| TchError::Torch(format!("a network has no tensor {}", self.name)))
    }

    fn progress(&self) -> f64 {
        progress(self.epoch)
    }
}
