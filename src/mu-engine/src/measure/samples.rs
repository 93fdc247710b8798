//! What expressions make of stored outputs, in float64.

use mu_step::expression::{Expression, Net, Part};
use tch::{Device, Kind, TchError, Tensor};

use super::outputs::Outputs;
use crate::expression::{Prepared, Scene};

/// Outputs of a model on some samples, and of other models on the same ones.
pub(crate) struct Stored {
    labels: Tensor,
    logits: Vec<(Net, Tensor)>,
}

impl Stored {
    /// The measured model's, and others'. A model that lacks a row leaves the others' last rows out.
    pub(crate) fn new(own: &Outputs, others: &[(Net, Outputs)]) -> Result<Self, TchError> {
        let all = || std::iter::once((&Net::Own, own)).chain(others.iter().map(|(net, of)| (net, of)));
        let n = all().map(|(_, of)| of.len()).min().unwrap_or(0);
        let labels: Vec<i64> = own.labels.iter().take(n).map(|l| *l as i64).collect();
        let mut logits = Vec::new();
        for (net, of) in all() {
            let classes = of.logits.first().map_or(0, Vec::len) as i64;
            let flat: Vec<f64> = of.logits.iter().take(n).flatten().copied().collect();
            logits.push((net.clone(), Tensor::from_slice(&flat).f_view([n as i64, classes])?));
        }
        Ok(Self { labels: Tensor::from_slice(&labels), logits })
    }
}

impl Scene for Stored {
    fn kind(&self) -> Kind {
        Kind::Double
    }

    fn device(&self) -> Device {
        Device::Cpu
    }

    fn labels(&self) -> Result<Tensor, TchError> {
        Ok(self.labels.shallow_clone())
    }

    fn output(&self, of: &Net, part: &Part, at: Option<&Tensor>) -> Result<Tensor, TchError> {
        let found =
            self.logits.iter().find(|(net, _)| net == of).filter(|_| *part == Part::Logits && at.is_none());
        let missing = || TchError::Torch("an expression reads what was not stored".to_owned());
        found.map(|(_, logits)| logits.shallow_clone()).ok_or_else(missing)
    }
}

/// The number of each sample.
pub(crate) fn values(of: &Expression, stored: &Stored) -> Result<Vec<f64>, TchError> {
    tch::no_grad(|| Vec::<f64>::try_from(Prepared::new(of)?.of_samples(stored)?.f_to_kind(Kind::Double)?))
}
