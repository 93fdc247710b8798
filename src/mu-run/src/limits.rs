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
        let has = with_children(process).filter(|has| *has > most)?;
        let mb = |bytes: u64| bytes as f64 / 1e6;
        let message = format!("it took {:.0} MB of memory; a step may take {:.0} MB", mb(has), mb(most));
        Some(Failure::new(FailureKind::OverLimit, message))
    }
}

/// Bytes in memory of a process and of all that it started.
fn with_children(process: u32) -> Option<u64> {
    let mut total = resident(process)?;
    let parents: Vec<(u32, u32)> = procfs::process::all_processes()
        .ok()?
        .filter_map(|p| p.ok()?.stat().ok())
        .filter_map(|s| Some((u32::try_from(s.pid).ok()?, u32::try_from(s.ppid).ok()?)))
        .collect();
    let mut family = vec![process];
    while let Some(parent) = family.pop() {
        for (child, _) in parents.iter().filter(|(_, of)| *of == parent) {
            total += resident(*child).unwrap_or(0);
            family.push(*child);
        }
    }
    Some(total)
}

/// Bytes of a process that are in memory.
fn resident(process: u32) -> Option<u64> {
    let status = procfs::process::Process::new(i32::try_from(process).ok()?).ok()?.status().ok()?;
    // Pages of mapped files go away by themselves where memory is short.
    Some((status.rssanon? + status.rssshmem.unwrap_or(0)) * 1024)
}
