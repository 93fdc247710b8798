//! Axes of two values beside each other.

use mu_step::expression::{At, Axis};
use tch::{TchError, Tensor};

use super::Evaluation;

impl Evaluation<'_> {
    /// A value with one place for each of these axes, and one for the batch in front where `sample` says so: missing ones have length 1.
    pub(super) fn spread(&self, of: At, axes: &[Axis], sample: bool) -> Result<Tensor, TchError> {
        let mut value = self.value(of)?;
        let ty = self.ty(of);
        if sample && !ty.sample {
            value = value.f_unsqueeze(0)?;
        }
        let batch = i64::from(sample || ty.sample);
        for (at, axis) in axes.iter().enumerate() {
            if !ty.axes.contains(axis) {
                value = value.f_unsqueeze(batch + at as i64)?;
            }
        }
        Ok(value)
    }

    /// Two values, each with the axes of both.
    pub(super) fn pair(&self, a: At, b: At) -> Result<[Tensor; 2], TchError> {
        let (left, right) = (self.ty(a), self.ty(b));
        // A number needs no places.
        if left == right || left.axes.is_empty() && !left.sample || right.axes.is_empty() && !right.sample {
            return Ok([self.value(a)?, self.value(b)?]);
        }
        let axes = if left.axes.len() >= right.axes.len() { &left.axes } else { &right.axes };
        let sample = left.sample || right.sample;
        Ok([self.spread(a, axes, sample)?, self.spread(b, axes, sample)?])
    }

    /// A value with the batch in front, each sample with its own.
    pub(super) fn of_each_sample(&self, of: At) -> Result<Tensor, TchError> {
        let value = self.value(of)?;
        if self.ty(of).sample {
            return Ok(value);
        }
        let mut shape = vec![self.scene.labels()?.size()[0]];
        shape.extend(value.size());
        value.f_unsqueeze(0)?.f_expand(shape, false)
    }
}
