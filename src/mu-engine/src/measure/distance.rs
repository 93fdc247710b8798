//! How far the weights of two models are from each other.

use tch::{Kind, TchError};

use crate::artefact::Tensors;

/// ‖θ − θ'‖₂ over all parameters; running statistics are none.
pub(super) fn of_weights(ours: &Tensors, theirs: &Tensors) -> Result<f64, TchError> {
    let mut sum = 0.0;
    for (name, tensor) in ours.iter().filter(|(n, _)| !n.contains(".running_")) {
        let Some(other) = theirs.get(name) else { continue };
        let apart = tensor.f_sub(other)?.f_to_kind(Kind::Double)?;
        sum += apart.f_square()?.f_sum(Kind::Double)?.f_double_value(&[])?;
    }
    Ok(sum.sqrt())
}
