//! What is of the process: the processor, libtorch's threads and settings, memory.

use std::ffi::{c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null_mut;

use crate::Error;
use crate::ffi::{Message, check, text};

#[allow(missing_docs, reason = "cpp/process.cpp says it")]
unsafe extern "C" {
    fn mu_processor_fits() -> c_int;
    fn mu_processor_has_bf16() -> c_int;
    fn mu_settle() -> Message;
    fn mu_libtorch_config(out: *mut *mut c_char) -> Message;
    fn mu_each(n: i64, task: extern "C" fn(*mut c_void, i64), of: *mut c_void) -> Message;
    fn mu_device_memory(device: c_int, free: *mut u64, peak: *mut u64) -> Message;
    fn mu_device_forget(device: c_int) -> Message;
}

/// Whether this processor has the instructions of mu's kernels.
#[must_use]
pub fn processor_fits() -> bool {
    // SAFETY: it asks the processor.
    unsafe { mu_processor_fits() != 0 }
}

/// Whether this processor multiplies bfloat16.
#[must_use]
pub fn has_bf16() -> bool {
    // SAFETY: as above.
    unsafe { mu_processor_has_bf16() != 0 }
}

/// The same bits every time, on a GPU as well, and no floats that are shortened to TF32.
///
/// # Errors
/// libtorch refuses.
pub fn settle() -> Result<(), Error> {
    // SAFETY: it sets flags.
    check("settle", unsafe { mu_settle() })
}

/// The version of the libtorch that was loaded, in its own words: `2.11.0`.
///
/// # Errors
/// libtorch does not say.
pub fn libtorch_version() -> Result<String, Error> {
    let mut out = null_mut();
    // SAFETY: the place lives; without a message there is a text in it, which is taken once.
    let config = unsafe {
        check("libtorch_version", mu_libtorch_config(&raw mut out))?;
        text(out)
    };
    let said = config.split("TORCH_VERSION=").nth(1).and_then(|rest| rest.split([',', '\n']).next());
    said.map(|version| version.trim().to_owned()).ok_or_else(|| Error::Refused {
        function: "libtorch_version",
        words: "libtorch says nothing of its version".to_owned(),
    })
}

/// Calls `task` for 0..n on libtorch's threads, in any order. What libtorch is asked to do within, it does on that thread alone. A task
/// that panics has done nothing, and the others go on: nothing may unwind into C++.
///
/// # Errors
/// libtorch has no threads.
pub fn each<F: Fn(usize) + Sync>(n: usize, task: F) -> Result<(), Error> {
    extern "C" fn call<F: Fn(usize)>(task: *mut c_void, at: i64) {
        // SAFETY: it is the `task` below, which lives until all calls are over, and which nobody changes.
        let task = unsafe { &*task.cast_const().cast::<F>() };
        let _ = catch_unwind(AssertUnwindSafe(|| task(at as usize)));
    }
    // SAFETY: `call` gets what it was made for, and may be called on several threads, as F is Sync.
    check("each", unsafe { mu_each(n as i64, call::<F>, (&raw const task).cast_mut().cast()) })
}

/// Bytes of a GPU's memory.
#[derive(Clone, Copy, Debug)]
pub struct DeviceMemory {
    /// What nobody has.
    pub free: u64,
    /// The most that this process took since [`forget_peak`].
    pub peak: u64,
}

/// A GPU's memory, as libtorch's allocator counts it.
///
/// # Errors
/// There is no such GPU.
pub fn device_memory(gpu: usize) -> Result<DeviceMemory, Error> {
    let mut memory = DeviceMemory { free: 0, peak: 0 };
    // SAFETY: both numbers live.
    check("device_memory", unsafe {
        mu_device_memory(number(gpu), &raw mut memory.free, &raw mut memory.peak)
    })?;
    Ok(memory)
}

/// Gives back what libtorch keeps of a GPU's memory for later, and counts the peak from now on.
///
/// # Errors
/// There is no such GPU.
pub fn forget_peak(gpu: usize) -> Result<(), Error> {
    // SAFETY: it takes a number.
    check("forget_peak", unsafe { mu_device_forget(number(gpu)) })
}

/// A GPU's number; the largest, which none has, where it is too large for one.
pub(crate) fn number(gpu: usize) -> c_int {
    c_int::try_from(gpu).unwrap_or(c_int::MAX)
}

/// Memory that tensors gave back stays with the process: the C library would return large pieces to the system after each use and
/// ask for them anew, and a training step would spend more time in page faults than in what small networks compute.
pub fn keep_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: it sets two numbers of the allocator's.
    unsafe {
        libc::mallopt(libc::M_MMAP_MAX, 0);
        libc::mallopt(libc::M_TRIM_THRESHOLD, libc::c_int::MAX);
    }
}
