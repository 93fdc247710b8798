//! Convolutions of evaluation, with what follows them taken in.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use mu_kernels::Sizes;
use tch::{TchError, Tensor};

/// Convolutions by their names, with what follows them taken in.
pub(super) type Folded = BTreeMap<String, Block>;

/// A convolution with a bias, in evaluation.
pub(super) struct Block {
    pub(super) weight: Tensor,
    pub(super) bias: Tensor,
    pub(super) sizes: Sizes,
    /// Whether it goes by Winograd's algorithm, and the weights as that wants them for images of the first batch's size: one
    /// tensor of all [handles](Block::handle).
    pub(super) winograd: bool,
    pub(super) packed: Arc<Mutex<Option<Tensor>>>,
}

impl Block {
    /// relu(x ∗ w + bias + residual)
    pub(super) fn apply(
        &self,
        x: &Tensor,
        residual: Option<&Tensor>,
        relu: bool,
    ) -> Result<Tensor, TchError> {
        if self.winograd {
            return Ok(mu_kernels::folded(x, &self.packed(x)?, &self.bias, residual, relu)?);
        }
        let Sizes { stride, padding, groups } = self.sizes;
        let bias = self.bias.f_to_kind(x.kind())?;
        let mut y =
            x.f_conv2d(&self.weight, Some(bias), [stride, stride], [padding, padding], [1, 1], groups)?;
        if let Some(residual) = residual {
            let _ = y.f_add_(residual)?;
        }
        if relu { y.f_relu_() } else { Ok(y) }
    }

    fn packed(&self, x: &Tensor) -> Result<Tensor, TchError> {
        let mut packed = self.packed.lock().unwrap_or_else(PoisonError::into_inner);
        let made = match packed.take() {
            Some(made) => made,
            None => mu_kernels::packed(x, &self.weight)?,
        };
        Ok(packed.insert(made).shallow_clone())
    }

    /// The same block for another thread.
    pub(super) fn handle(&self) -> Self {
        let (weight, bias) = (self.weight.shallow_clone(), self.bias.shallow_clone());
        Self { weight, bias, packed: Arc::clone(&self.packed), ..*self }
    }
}
