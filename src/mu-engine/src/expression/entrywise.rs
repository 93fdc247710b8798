//! Functions of entries, and entries taken together.

use mu_step::expression::{Reduce, Unary};
use tch::{TchError, Tensor};

/// A function of every entry.
pub(super) fn unary(f: Unary, x: &Tensor) -> Result<Tensor, TchError> {
    match f {
        Unary::Negate => x.f_neg(),
        Unary::Exp => x.f_exp(),
        Unary::Log => x.f_log(),
        Unary::Sqrt => x.f_sqrt(),
        Unary::Abs => x.f_abs(),
        Unary::Sign => x.f_sign(),
        Unary::Square => x.f_square(),
        Unary::Sigmoid => x.f_sigmoid(),
        Unary::LogSigmoid => x.f_log_sigmoid(),
        Unary::Relu => x.f_relu(),
        Unary::Softplus => x.f_softplus(),
        Unary::Cos => x.f_cos(),
    }
}

/// Entries taken together along places counted from the end.
pub(super) fn reduce(f: Reduce, x: &Tensor, places: &[i64]) -> Result<Tensor, TchError> {
    if places.is_empty() {
        return match f {
            Reduce::Norm => x.f_abs(),
            Reduce::Sum | Reduce::Mean | Reduce::Max | Reduce::Min | Reduce::LogSumExp => {
                Ok(x.shallow_clone())
            }
        };
    }
    match f {
        Reduce::Sum => x.f_sum_dim_intlist(places, false, x.kind()),
        Reduce::Mean => x.f_mean_dim(places, false, x.kind()),
        Reduce::Max => x.f_amax(places, false),
        Reduce::Min => x.f_amin(places, false),
        Reduce::Norm => x.f_norm_scalaropt_dim(2.0, places, false),
        Reduce::LogSumExp => x.f_logsumexp(places, false),
    }
}
