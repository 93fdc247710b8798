//! What tch lacks: layers with their gradients by our own kernels (`shim/`), update rules over all tensors at once, and
//! libtorch's global settings.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::{null, null_mut};

use tch::{TchError, Tensor};
use torch_sys::C_tensor;

type Message = *mut c_char;

#[allow(missing_docs, reason = "shim/layers.cpp says it")]
unsafe extern "C" {
    fn mu_shim_free(text: Message);
    fn mu_processor_fits() -> c_int;
    fn mu_processor_has_bf16() -> c_int;
    fn mu_settle() -> Message;
    fn mu_each(n: i64, task: extern "C" fn(*mut c_void, i64), of: *mut c_void) -> Message;
    fn mu_is_winograd(
        x: *const C_tensor,
        weight: *const C_tensor,
        stride: i64,
        padding: i64,
        groups: i64,
    ) -> c_int;
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
        outputs: i64,
        bias: *const C_tensor,
        residual: *const C_tensor,
        relu: c_int,
        out: *mut *mut C_tensor,
    ) -> Message;
    fn mu_gather(
        pixels: *const C_tensor,
        index: *const C_tensor,
        rows: *const C_tensor,
        columns: *const C_tensor,
        table: *const C_tensor,
        out: *mut *mut C_tensor,
    ) -> Message;
    fn mu_sgd(
        parameters: *const *const C_tensor,
        gradients: *const *const C_tensor,
        velocities: *const *const C_tensor,
        count: i64,
        lr: f64,
        momentum: f64,
        decay: f64,
    ) -> Message;
    fn mu_sign_sgd(
        parameters: *const *const C_tensor,
        gradients: *const *const C_tensor,
        count: i64,
        lr: f64,
    ) -> Message;
}

/// The shim's message as an error.
pub(crate) fn said(message: Message) -> Result<(), TchError> {
    if message.is_null() {
        return Ok(());
    }
    // SAFETY: the shim's messages end with a zero, and are freed once.
    let text = unsafe {
        let text = CStr::from_ptr(message).to_string_lossy().into_owned();
        mu_shim_free(message);
        text
    };
    Err(TchError::Torch(text))
}

/// The tensor that a call of the shim makes.
pub(super) fn made(call: impl FnOnce(*mut *mut C_tensor) -> Message) -> Result<Tensor, TchError> {
    let mut out = null_mut();
    said(call(&raw mut out))?;
    // SAFETY: without a message there is a new handle, which is owned by nobody else.
    Ok(unsafe { Tensor::from_ptr(out) })
}

fn handle(tensor: Option<&Tensor>) -> *const C_tensor {
    tensor.map_or(null(), Tensor::as_ptr)
}

/// Whether this processor has the instructions of our kernels.
pub(crate) fn fit() -> bool {
    // SAFETY: it asks the processor.
    unsafe { mu_processor_fits() != 0 }
}

/// Whether this processor multiplies bfloat16.
pub(crate) fn has_bf16() -> bool {
    // SAFETY: as above.
    unsafe { mu_processor_has_bf16() != 0 }
}

/// The same bits every time, on a GPU as well, and no floats that are shortened to TF32.
pub(crate) fn settle() -> Result<(), TchError> {
    // SAFETY: it sets flags.
    said(unsafe { mu_settle() })
}

/// Calls `task` for 0..n on libtorch's threads, in any order. What libtorch is asked to do within, it does on that thread alone. A task
/// that panics has done nothing, and the others go on: nothing may unwind into C++.
pub(crate) fn each<F: Fn(usize) + Sync>(n: usize, task: F) -> Result<(), TchError> {
    extern "C" fn call<F: Fn(usize)>(task: *mut c_void, at: i64) {
        // SAFETY: it is the `task` below, which lives until all calls are over, and which nobody changes.
        let task = unsafe { &*task.cast_const().cast::<F>() };
        let _ = catch_unwind(AssertUnwindSafe(|| task(at as usize)));
    }
    // SAFETY: `call` gets what it was made for, and may be called on several threads, as F is Sync.
    said(unsafe { mu_each(n as i64, call::<F>, (&raw const task).cast_mut().cast()) })
}

/// A convolution's numbers.
#[derive(Clone, Copy)]
pub(crate) struct Sizes {
    pub(crate) stride: i64,
    pub(crate) padding: i64,
    pub(crate) groups: i64,
}

/// Whether a convolution goes by Winograd's algorithm.
pub(super) fn is_winograd(x: &Tensor, weight: &Tensor, s: Sizes) -> bool {
    // SAFETY: the tensors live.
    unsafe { mu_is_winograd(x.as_ptr(), weight.as_ptr(), s.stride, s.padding, s.groups) != 0 }
}

/// A convolution in the element type of `x`, of weights in float; where `fast`, by our kernels as far as they serve.
pub(crate) fn convolution(
    x: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    s: Sizes,
    fast: bool,
) -> Result<Tensor, TchError> {
    let (x, weight, bias, fast) = (x.as_ptr(), weight.as_ptr(), handle(bias), c_int::from(fast));
    // SAFETY: the tensors live.
    made(|out| unsafe { mu_convolution(x, weight, bias, s.stride, s.padding, s.groups, fast, out) })
}

/// Batch normalisation over the batch, plus a residual, then ReLU where wanted. `tensors`: weight, bias, running mean and
/// variance; the latter two move.
pub(crate) fn normalisation(
    x: &Tensor,
    residual: Option<&Tensor>,
    tensors: [&Tensor; 4],
    [momentum, epsilon]: [f64; 2],
    relu: bool,
) -> Result<Tensor, TchError> {
    let tensors = tensors.map(|t| t.as_ptr());
    let (x, residual, relu) = (x.as_ptr(), handle(residual), c_int::from(relu));
    // SAFETY: the tensors live, and there are four.
    made(|out| unsafe { mu_normalisation(x, residual, tensors.as_ptr(), momentum, epsilon, relu, out) })
}

/// Weights of a Winograd convolution for many batches like `x`.
pub(super) fn packed(x: &Tensor, weight: &Tensor) -> Result<Tensor, TchError> {
    // SAFETY: the tensors live.
    made(|out| unsafe { mu_pack(x.as_ptr(), weight.as_ptr(), out) })
}

/// A Winograd convolution of packed weights, plus bias and residual, then ReLU where wanted; without gradients.
pub(super) fn folded(
    x: &Tensor,
    packed: &Tensor,
    bias: &Tensor,
    residual: Option<&Tensor>,
    relu: bool,
) -> Result<Tensor, TchError> {
    let (outputs, residual, relu) = (bias.numel() as i64, handle(residual), c_int::from(relu));
    // SAFETY: the tensors live.
    made(|out| unsafe {
        mu_convolution_folded(x.as_ptr(), packed.as_ptr(), outputs, bias.as_ptr(), residual, relu, out)
    })
}

/// A batch [b, c, h, w] of bytes [n, c, H, W] on the processor: image `index` [b] shows its `rows` [b, h] and `columns` [b, w], −1
/// is nothing; `table` [c, 256] is what a byte is to the network.
pub(crate) fn gather(
    pixels: &Tensor,
    index: &Tensor,
    [rows, columns]: [&Tensor; 2],
    table: &Tensor,
) -> Result<Tensor, TchError> {
    let (pixels, index, table) = (pixels.as_ptr(), index.as_ptr(), table.as_ptr());
    // SAFETY: the tensors live; rows and columns are those of the images.
    made(|out| unsafe { mu_gather(pixels, index, rows.as_ptr(), columns.as_ptr(), table, out) })
}

/// What moves in a step of [`sgd`].
pub(crate) struct Momentum<'t> {
    pub(crate) velocities: &'t [Tensor],
    pub(crate) share: f64,
}

/// v ← momentum · v + g + decay · θ, θ ← θ − lr · v, of all tensors in one pass.
pub(crate) fn sgd(
    parameters: &[&Tensor],
    gradients: &[Tensor],
    momentum: Momentum<'_>,
    lr: f64,
    decay: f64,
) -> Result<(), TchError> {
    let handles = |tensors: &[Tensor]| tensors.iter().map(|t| t.as_ptr()).collect::<Vec<_>>();
    let own: Vec<*const C_tensor> = parameters.iter().map(|t| t.as_ptr()).collect();
    let (gradients, velocities) = (handles(gradients), handles(momentum.velocities));
    debug_assert!(own.len() == gradients.len() && (momentum.share == 0.0 || own.len() == velocities.len()));
    let count = own.len() as i64;
    let (own, gradients, velocities) = (own.as_ptr(), gradients.as_ptr(), velocities.as_ptr());
    // SAFETY: the tensors live, and there are as many of each, but no velocities without momentum, which are not read then.
    said(unsafe { mu_sgd(own, gradients, velocities, count, lr, momentum.share, decay) })
}

/// θ ← θ − lr · sign(g) of all tensors.
pub(crate) fn sign_sgd(parameters: &[&Tensor], gradients: &[Tensor], lr: f64) -> Result<(), TchError> {
    let own: Vec<*const C_tensor> = parameters.iter().map(|t| t.as_ptr()).collect();
    let along: Vec<*const C_tensor> = gradients.iter().map(Tensor::as_ptr).collect();
    debug_assert!(own.len() == along.len());
    // SAFETY: the tensors live, and there are as many of each.
    said(unsafe { mu_sign_sgd(own.as_ptr(), along.as_ptr(), own.len() as i64, lr) })
}
