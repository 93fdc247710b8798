//! How many training samples each class has.

use tch::{Kind, TchError, Tensor};

/// Counts [classes], as numbers of `kind`, at least 1.
pub(crate) fn counts(
    labels: &Tensor,
    samples: &[i64],
    classes: usize,
    kind: Kind,
) -> Result<Tensor, TchError> {
    let index = Tensor::from_slice(samples).f_to_device(labels.device())?;
    labels
        .f_index_select(0, &index)?
        .f_bincount(None::<Tensor>, classes as i64)?
        .f_to_kind(kind)?
        .f_clamp_min(1.0)
}
