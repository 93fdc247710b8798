//! Metric kernels: the leaves of formulas.

use mu_step::{Feature, On};

use crate::program::Measured;
use crate::value::Component;

/// The kernel that a `builtin` metric names.
pub(crate) fn kernel(metric: &Component) -> Option<Measured> {
    Some(match metric.name.as_str() {
        "accuracy" => Measured::Accuracy(match metric.word("on")? {
            "forget" => On::Forget,
            "retain" => On::Retain,
            "validation" => On::Validation,
            _ => On::Test,
        }),
        "mia" => {
            let feature = match metric.word("feature")? {
                "entropy" => Feature::Entropy,
                "correctness" => Feature::Correctness,
                _ => Feature::Confidence,
            };
            Measured::Mia(feature, metric.real("c")?)
        }
        "rte" => Measured::Runtime,
        _ => return None,
    })
}
