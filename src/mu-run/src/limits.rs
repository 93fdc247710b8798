//! What a step may take, and what its worker takes.

use std::time::{Duration, Instant};

use mu_step::{Failure, FailureKind};

/// What a step may take.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    /// Wall time.
    pub time: Option<Duration>,
    /// Bytes in memory.
    pub memory: Option<u64>,
}

impl Limits {
    /// Why a step that began then, in the process of that number, is to be ended.
    pub(crate) fn over(&self, begun: Instant, process: u32) -> Option<Failure> {
        if let Some(most) = self.time.filter(|most| begun.elapsed() > *most) {
            let message = format!("it ran for longer than {} s", most.as_secs_f64());
            return Some(Failure::new(FailureKind::OverLimit, message));
        }
        let most = self.memory?;
        let has = resident(process).filter(|has| *has > most)?;
        let mb = |bytes: u64| bytes as f64 / 1e6;
        let message = format!("it took {:.0} MB of memory; a step may take {:.0} MB", mb(has), mb(most));
        Some(Failure::new(FailureKind::OverLimit, message))
    }
}

/// Bytes of a process that are in memory.
fn resident(process: u32) -> Option<u64> {
    let status = procfs::process::Process::new(i32::try_from(process).ok()?).ok()?.status().ok()?;
    // Pages of mapped files go away by themselves where memory is short.
    Some((status.rssanon? + status.rssshmem.unwrap_or(0)) * 1024)
}
