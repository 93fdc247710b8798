//! What goes through a network beside what goes from layer to layer.

use std::cell::RefCell;
use std::collections::BTreeMap;

use tch::{Kind, TchError, Tensor};

/// What a denoiser is given with each image.
pub(crate) struct Given {
    /// [b], real numbers.
    pub(crate) time: Tensor,
    /// [b], whole numbers: a class, or the number of classes for no condition.
    pub(crate) condition: Tensor,
}

impl Given {
    /// The same of some of the images.
    pub(crate) fn narrow(&self, start: i64, length: i64) -> Result<Self, TchError> {
        let part = |t: &Tensor| t.f_narrow(0, start, length);
        Ok(Self { time: part(&self.time)?, condition: part(&self.condition)? })
    }
}

/// One forward pass.
pub(super) struct Pass<'p> {
    pub(super) training: bool,
    given: Option<&'p Given>,
    remembered: RefCell<BTreeMap<String, Tensor>>,
}

impl<'p> Pass<'p> {
    pub(super) fn new(training: bool, given: Option<&'p Given>) -> Self {
        Self { training, given, remembered: RefCell::default() }
    }

    /// What each image is given.
    pub(super) fn given(&self) -> Result<&'p Given, TchError> {
        self.given
            .ok_or_else(|| TchError::Torch("a denoiser was run without a time and a condition".to_owned()))
    }

    pub(super) fn remember(&self, name: &str, made: Tensor) {
        self.remembered.borrow_mut().insert(name.to_owned(), made);
    }

    pub(super) fn recall(&self, name: &str) -> Result<Tensor, TchError> {
        let found = self.remembered.borrow().get(name).map(Tensor::shallow_clone);
        found.ok_or_else(|| TchError::Torch(format!("nothing was remembered as `{name}`")))
    }
}

/// Sines, then cosines, of the times [b] multiplied by `scale` and by `base`^(−i / (n − 1)), i below n = features / 2: [b, features].
/// They are computed where the times are, in float32 at least.
pub(super) fn waves(time: &Tensor, features: i64, scale: f64, base: f64) -> Result<Tensor, TchError> {
    let kind = if time.kind() == Kind::Double { Kind::Double } else { Kind::Float };
    let half = features / 2;
    let places = Tensor::f_arange(half, (kind, time.device()))?;
    let speeds = places.f_mul_scalar(-base.ln() / (half - 1) as f64)?.f_exp()?.f_mul_scalar(scale)?;
    let angles = time.f_to_kind(kind)?.f_unsqueeze(1)?.f_mul(&speeds)?;
    Tensor::f_cat(&[angles.f_sin()?, angles.f_cos()?], 1)
}
