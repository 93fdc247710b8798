//! Update rules over all tensors at once.

use tch::Tensor;
use torch_sys::C_tensor;

use crate::Error;
use crate::ffi::{Message, check};

/// Handles of tensors, as C++ takes them.
#[repr(C)]
#[derive(Clone, Copy)]
struct List {
    at: *const *const C_tensor,
    count: i64,
}

#[allow(missing_docs, reason = "cpp/optimizer.cpp says it")]
unsafe extern "C" {
    fn mu_sgd(
        parameters: List,
        gradients: List,
        velocities: List,
        lr: f64,
        momentum: f64,
        decay: f64,
    ) -> Message;
    fn mu_sign_sgd(parameters: List, gradients: List, lr: f64) -> Message;
}

fn list(handles: &[*const C_tensor]) -> List {
    List { at: handles.as_ptr(), count: handles.len() as i64 }
}

fn handles<'t>(tensors: impl IntoIterator<Item = &'t Tensor>) -> Vec<*const C_tensor> {
    tensors.into_iter().map(|t| t.as_ptr()).collect()
}

/// What moves in a step of [`sgd`].
#[derive(Clone, Copy, Debug)]
pub struct Momentum<'t> {
    /// One for each parameter; they are not looked at where the share is 0.
    pub velocities: &'t [Tensor],
    /// How much of the velocity stays.
    pub share: f64,
}

/// v ← momentum · v + g + decay · θ, θ ← θ − lr · v, of all tensors in one pass.
///
/// # Errors
/// Gradients or velocities do not fit the parameters one by one, or libtorch refuses; then nothing has moved.
pub fn sgd(
    parameters: &[&Tensor],
    gradients: &[Tensor],
    momentum: Momentum<'_>,
    lr: f64,
    decay: f64,
) -> Result<(), Error> {
    let (own, along) = (handles(parameters.iter().copied()), handles(gradients));
    let velocities = handles(momentum.velocities);
    // SAFETY: the tensors live, and each list has its own length.
    let said = unsafe { mu_sgd(list(&own), list(&along), list(&velocities), lr, momentum.share, decay) };
    check("sgd", said)
}

/// θ ← θ − lr · sign(g) of all tensors.
///
/// # Errors
/// As above.
pub fn sign_sgd(parameters: &[&Tensor], gradients: &[Tensor], lr: f64) -> Result<(), Error> {
    let (own, along) = (handles(parameters.iter().copied()), handles(gradients));
    // SAFETY: the tensors live, and each list has its own length.
    check("sign_sgd", unsafe { mu_sign_sgd(list(&own), list(&along), lr) })
}
