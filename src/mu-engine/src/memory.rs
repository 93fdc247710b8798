//! How much memory the process has had, where the system says so.

use procfs::process::ClearRefs;
use tch::Device;

/// Counts the peaks from now on; what a GPU keeps for later goes back to it.
pub(crate) fn forget_peak(device: Device) {
    let _ = procfs::process::Process::myself().map(|p| p.clear_refs(ClearRefs::PeakRSS));
    if let Device::Cuda(number) = device {
        let _ = mu_kernels::forget_peak(number);
    }
}

/// The most main memory since then, bytes.
pub(crate) fn peak() -> Option<u64> {
    Some(procfs::process::Process::myself().ok()?.status().ok()?.vmhwm? * 1024)
}

/// The most memory of a GPU since then, bytes.
pub(crate) fn device_peak(device: Device) -> Option<u64> {
    on_device(device).map(|memory| memory.peak)
}

/// What is free of a GPU's memory, bytes.
pub(crate) fn device_free(device: Device) -> Option<u64> {
    on_device(device).map(|memory| memory.free)
}

fn on_device(device: Device) -> Option<mu_kernels::DeviceMemory> {
    let Device::Cuda(number) = device else { return None };
    mu_kernels::device_memory(number).ok()
}
