//! How long a phase is.

use mu_step::Length;

use crate::unit::Unit;
use crate::value::{Data, Value};

/// The length of a phase.
pub(super) fn length(value: &Value) -> Option<Length> {
    let Data::Number(count, unit) = value.data else { return None };
    let count = count.real() as usize;
    Some(if unit == Unit::Of("steps") { Length::Steps(count) } else { Length::Epochs(count) })
}
