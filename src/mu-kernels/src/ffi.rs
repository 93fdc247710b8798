//! Messages and handles that cross from C++.

use std::ffi::{CStr, c_char};
use std::ptr::{null, null_mut};

use tch::Tensor;
use torch_sys::C_tensor;

use crate::Error;

/// What a function of the C++ says: null, or words that are freed by [`mu_message_free`].
pub(crate) type Message = *mut c_char;

#[allow(missing_docs, reason = "cpp/process.cpp says it")]
unsafe extern "C" {
    fn mu_message_free(text: Message);
}

/// The message of a function as an error.
pub(crate) fn check(function: &'static str, message: Message) -> Result<(), Error> {
    if message.is_null() {
        return Ok(());
    }
    // SAFETY: a message is a text, and is taken once.
    let words = unsafe { text(message) };
    Err(refused(function, &words))
}

/// A text of the C++, which is freed.
///
/// # Safety
/// It ends with a zero, and nobody else takes it.
pub(crate) unsafe fn text(of: *mut c_char) -> String {
    // SAFETY: the caller says so.
    unsafe {
        let words = CStr::from_ptr(of).to_string_lossy().into_owned();
        mu_message_free(of);
        words
    }
}

/// An error of these words, without where in libtorch it was raised.
pub(crate) fn refused(function: &'static str, words: &str) -> Error {
    let own = words.split("\nException raised from").next().unwrap_or(words);
    Error::Refused { function, words: own.to_owned() }
}

/// The tensor that a call makes.
pub(crate) fn made(
    function: &'static str,
    call: impl FnOnce(*mut *mut C_tensor) -> Message,
) -> Result<Tensor, Error> {
    let mut out = null_mut();
    check(function, call(&raw mut out))?;
    // SAFETY: without a message there is a new handle, which is owned by nobody else.
    Ok(unsafe { Tensor::from_ptr(out) })
}

/// The handle of a tensor, or null.
pub(crate) fn handle(tensor: Option<&Tensor>) -> *const C_tensor {
    tensor.map_or(null(), Tensor::as_ptr)
}
