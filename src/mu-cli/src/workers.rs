//! How many workers compute, where, and what each step may take: options of several commands.

use std::path::Path;
use std::time::Duration;

use mu_run::{History, Limits};
use mu_store::{Catalog, Store};

use crate::units::{memory, time};

#[derive(clap::Args)]
pub(crate) struct Workers {
    /// Worker processes in all [default: as many as the cores have room for, given their threads; two on a GPU that is found, one
    /// on each that is named]
    #[arg(long, short, value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Threads of each worker; the bits of results depend on it
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    threads: u16,
    /// Where steps run, in turn: auto, cpu, cuda:0, … (several, with commas)
    #[arg(long, alias = "device", default_value = "auto", value_delimiter = ',')]
    devices: Vec<String>,
    /// Let workers on one GPU compute side by side, by NVIDIA's multi-process service, which runs as long as mu does
    #[arg(long)]
    pub(crate) mps: bool,
    /// The longest that a step may run, such as 90s, 45m, 2h
    #[arg(long, value_name = "TIME", value_parser = time)]
    step_time: Option<Duration>,
    /// The most memory that a step may take, such as 800MB, 16GB
    #[arg(long, value_name = "MEMORY", value_parser = memory)]
    step_memory: Option<u64>,
    /// The memory that all steps together should take, by what steps like them took [default: nine tenths of what is free]
    #[arg(long, value_name = "MEMORY", value_parser = memory)]
    memory: Option<u64>,
    /// How often long steps keep how far they are
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "30s")]
    pub(crate) bookmark: Duration,
}

impl Workers {
    /// Where each worker computes.
    pub(crate) fn seats(&self) -> Vec<String> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let cuda = self.devices.iter().filter(|d| d.starts_with("cuda")).count();
        let on_cores = (cores / self.threads()).max(1);
        // `auto` takes a GPU that is there, whose memory all of its workers share.
        let found = self.devices.iter().any(|d| d == "auto") && Path::new("/dev/nvidia0").exists();
        let others = match (cuda < self.devices.len(), found) {
            (false, _) => 0,
            (true, true) => on_cores.min(2),
            (true, false) => on_cores,
        };
        let jobs = self.jobs.map_or(cuda + others, usize::from);
        self.devices.iter().cycle().take(jobs.max(1)).cloned().collect()
    }

    pub(crate) fn threads(&self) -> usize {
        usize::from(self.threads)
    }

    /// Bytes of memory for all steps together.
    pub(crate) fn available(&self) -> Option<u64> {
        self.memory.or_else(|| mu_run::available_memory().map(|bytes| bytes / 10 * 9))
    }

    pub(crate) fn limits(&self) -> Limits {
        Limits { time: self.step_time, memory: self.step_memory }
    }

    /// The same options as words of a command's line.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let mut words =
            vec![format!("--threads={}", self.threads), format!("--devices={}", self.devices.join(","))];
        words.extend(self.mps.then(|| "--mps".to_owned()));
        words.extend(self.jobs.map(|jobs| format!("--jobs={jobs}")));
        words.extend(self.step_time.map(|time| format!("--step-time={}s", time.as_secs_f64())));
        words.extend(self.step_memory.map(|bytes| format!("--step-memory={bytes}B")));
        words.extend(self.memory.map(|bytes| format!("--memory={bytes}B")));
        words.push(format!("--bookmark={}s", self.bookmark.as_secs_f64()));
        words
    }

    /// What steps took before, where they would run now.
    pub(crate) fn history(&self, store: &Store) -> History {
        let entries = Catalog::open(store).and_then(|c| c.entries()).unwrap_or_default();
        let device = match self.devices.first().map(String::as_str) {
            Some("cpu") => "Cpu",
            Some(cuda) if cuda.starts_with("cuda") => "Cuda",
            _ => "",
        };
        History::new(entries, device, u64::from(self.threads))
    }
}
