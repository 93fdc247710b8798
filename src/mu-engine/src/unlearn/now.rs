//! `now(mean(set, e))`: numbers over whole sets, which are taken before each epoch.

use mu_step::expression::{Expression, Whole};
use mu_step::{Set, Stream};
use tch::{Kind, TchError};

use super::counts::counts;
use super::interpret::Interpreter;
use super::losses::Prepared;
use super::scene::Step;
use crate::expression;
use crate::nn::Network;

/// How many samples are looked at at once.
const BATCH: usize = 256;

impl<'g> Interpreter<'_, 'g> {
    /// Takes the numbers over whole sets that losses read.
    pub(super) fn take_numbers(
        &mut self,
        terms: &[Prepared<'_>],
        network: &Network<'g>,
    ) -> Result<(), TchError> {
        terms.iter().flat_map(Prepared::expressions).try_for_each(|expression| {
            expression.take(|over, of| tch::no_grad(|| self.mean_now(over, of, network)))
        })
    }

    fn mean_now(&mut self, over: Whole, of: &Expression, network: &Network<'g>) -> Result<f64, TchError> {
        let samples = match over {
            Whole::Forget => self.membership.members(Set::Forget),
            Whole::Retain => self.membership.members(Set::Retain),
            Whole::Validation => self.data.validation.clone(),
        };
        self.spent(samples.len(), of.looks(), network);
        let (Some(teachers), false) = (&self.teachers, samples.is_empty()) else {
            let message = format!("`now` looks at the {} samples, and there are none", over.word());
            return Err(TchError::Torch(message));
        };
        let of = expression::Prepared::new(of)?;
        let stream = Stream { over: Vec::new(), clean: true, evaluation: true, noise: None };
        let counts = counts(&self.data.train.labels, &self.data.training, network.classes(), network.kind())?;
        let mut sum = 0.0;
        for chunk in samples.chunks(BATCH) {
            let seen = self.plain(&stream, chunk, &[], network)?;
            let step = Step {
                network,
                teachers,
                seen: &seen,
                beside: None,
                epoch: (0.0, 1.0),
                counts: &counts,
                pixels: &self.pixels,
                draws: self.draws,
            };
            sum += of.of_samples(&step)?.f_sum(Kind::Double)?.f_double_value(&[])?;
        }
        Ok(sum / samples.len() as f64)
    }
}
