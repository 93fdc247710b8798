//! Convolutions and batch normalisation with their gradients. What a tensor must be is checked by the C++ (`cpp/layers.cpp`).

use std::ffi::c_int;

use tch::Tensor;
use torch_sys::C_tensor;

use crate::Error;
use crate::choice::allows;
use crate::ffi::{Message, check, handle, made};

#[allow(missing_docs, reason = "cpp/layers.cpp says it")]
unsafe extern "C" {
    fn mu_is_winograd(
        x: *const C_tensor,
        weight: *const C_tensor,
        stride: i64,
        padding: i64,
        groups: i64,
        out: *mut c_int,
    ) -> Message;
    fn mu_convolution(
        x: *const C_tensor,
        weight: *const C_tensor,
        bias: *const C_tensor,
        stride: i64,
        padding: i64,
        groups: i64,
        fast: c_int,
        out: *mut *mut C_tensor,
    ) -> Message;
    fn mu_normalisation(
        x: *const C_tensor,
        residual: *const C_tensor,
        tensors: *const *const C_tensor,
        momentum: f64,
        epsilon: f64,
        relu: c_int,
        out: *mut *mut C_tensor,
    ) -> Message;
    fn mu_pack(x: *const C_tensor, weight: *const C_tensor, out: *mut *mut C_tensor) -> Message;
    fn mu_convolution_folded(
        x: *const C_tensor,
        weights: *const C_tensor,
        bias: *const C_tensor,
        residual: *const C_tensor,
        relu: c_int,
        out: *mut *mut C_tensor,
    ) -> Message;
}

/// A convolution's numbers.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// Pixels from one output to the next.
    pub stride: i64,
    /// Pixels of zeros around the image.
    pub padding: i64,
    /// Parts that the channels are cut into.
    pub groups: i64,
}

fn own(function: &'static str) -> Result<(), Error> {
    if allows() { Ok(()) } else { Err(Error::Forbidden { function }) }
}

/// Whether a convolution of images like `x` goes by Winograd's algorithm.
///
/// # Errors
/// The weight is not a convolution's.
pub fn is_winograd(x: &Tensor, weight: &Tensor, s: Sizes) -> Result<bool, Error> {
    let mut found = 0;
    // SAFETY: the tensors and the number live.
    let said =
        unsafe { mu_is_winograd(x.as_ptr(), weight.as_ptr(), s.stride, s.padding, s.groups, &raw mut found) };
    check("is_winograd", said)?;
    Ok(allows() && found != 0)
}

/// A convolution in the element type of `x` [b, inputs, h, w], of weights [outputs, inputs / groups, k, k] in float; where `fast`, by
/// mu's kernels as far as they serve.
///
/// # Errors
/// The tensors do not fit each other, or libtorch refuses.
pub fn convolution(
    x: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    s: Sizes,
    fast: bool,
) -> Result<Tensor, Error> {
    let (x, weight, bias, fast) = (x.as_ptr(), weight.as_ptr(), handle(bias), c_int::from(fast && allows()));
    // SAFETY: the tensors live.
    made("convolution", |out| unsafe {
        mu_convolution(x, weight, bias, s.stride, s.padding, s.groups, fast, out)
    })
}

/// Batch normalisation over the batch, plus a residual, then ReLU where wanted. `tensors`: weight, bias, running mean and
/// variance; the latter two move.
///
/// # Errors
/// The tensors are not what the kernel reads, or the processor lacks its instructions.
pub fn normalisation(
    x: &Tensor,
    residual: Option<&Tensor>,
    tensors: [&Tensor; 4],
    [momentum, epsilon]: [f64; 2],
    relu: bool,
) -> Result<Tensor, Error> {
    own("normalisation")?;
    let tensors = tensors.map(|t| t.as_ptr());
    let (x, residual, relu) = (x.as_ptr(), handle(residual), c_int::from(relu));
    // SAFETY: the tensors live, and there are four.
    made("normalisation", |out| unsafe {
        mu_normalisation(x, residual, tensors.as_ptr(), momentum, epsilon, relu, out)
    })
}

/// Weights of a Winograd convolution for many batches like `x`: [points, outputs, inputs].
///
/// # Errors
/// As above.
pub fn packed(x: &Tensor, weight: &Tensor) -> Result<Tensor, Error> {
    own("packed")?;
    // SAFETY: the tensors live.
    made("packed", |out| unsafe { mu_pack(x.as_ptr(), weight.as_ptr(), out) })
}

/// A Winograd convolution of [`packed`] weights, plus bias and residual, then ReLU where wanted; without gradients.
///
/// # Errors
/// As above.
pub fn folded(
    x: &Tensor,
    packed: &Tensor,
    bias: &Tensor,
    residual: Option<&Tensor>,
    relu: bool,
) -> Result<Tensor, Error> {
    own("folded")?;
    let (residual, relu) = (handle(residual), c_int::from(relu));
    // SAFETY: the tensors live.
    made("folded", |out| unsafe {
        mu_convolution_folded(x.as_ptr(), packed.as_ptr(), bias.as_ptr(), residual, relu, out)
    })
}
