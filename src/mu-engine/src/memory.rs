//! How much memory the process has had, where the system says so.

use std::ffi::{c_char, c_int};

use procfs::process::ClearRefs;
use tch::{Device, TchError};

use crate::nn::kernels::said;

#[allow(missing_docs, reason = "shim/memory.cpp says it")]
unsafe extern "C" {
    fn mu_device_memory(device: c_int, free: *mut u64, peak: *mut u64) -> *mut c_char;
    fn mu_device_forget(device: c_int) -> *mut c_char;
}

/// Counts the peaks from now on; what a GPU keeps for later goes back to it.
pub(crate) fn forget_peak(device: Device) {
    let _ = procfs::process::Process::myself().map(|p| p.clear_refs(ClearRefs::PeakRSS));
    if let Device::Cuda(number) = device {
        // SAFETY: it takes a device's number.
        let _ = said(unsafe { mu_device_forget(number as c_int) });
    }
}

/// The most main memory since then, bytes.
pub(crate) fn peak() -> Option<u64> {
    Some(procfs::process::Process::myself().ok()?.status().ok()?.vmhwm? * 1024)
}

/// The most memory of a GPU since then, bytes.
pub(crate) fn device_peak(device: Device) -> Option<u64> {
    on_device(device).map(|(_, peak)| peak)
}

/// What is free of a GPU's memory, bytes.
pub(crate) fn device_free(device: Device) -> Option<u64> {
    on_device(device).map(|(free, _)| free)
}

fn on_device(device: Device) -> Option<(u64, u64)> {
    let Device::Cuda(number) = device else { return None };
    let ask = || -> Result<(u64, u64), TchError> {
        let (mut free, mut peak) = (0, 0);
        // SAFETY: both numbers live.
        said(unsafe { mu_device_memory(number as c_int, &raw mut free, &raw mut peak) })?;
        Ok((free, peak))
    };
    ask().ok()
}
