//! How much memory the process has had, where the system says so.

use procfs::process::ClearRefs;

/// Counts the peak from now on.
pub(crate) fn forget_peak() {
    let _ = procfs::process::Process::myself().map(|p| p.clear_refs(ClearRefs::PeakRSS));
}

/// The most memory since then, bytes.
pub(crate) fn peak() -> Option<u64> {
    Some(procfs::process::Process::myself().ok()?.status().ok()?.vmhwm? * 1024)
}
