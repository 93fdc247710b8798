//! What steps will take, from what steps like them took.

use std::collections::HashMap;

use mu_graph::{Graph, Step};
use mu_step::StepKey;
use mu_store::Entry;

use crate::Needs;

/// So many steps of nearest size are asked.
const NEAREST: usize = 9;

/// What a step will probably take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Seconds: the median of what steps like it took.
    pub seconds: f64,
    /// A quarter of them took less, scaled to its size, and a quarter more.
    pub between: [f64; 2],
    /// The most memory that one of them took, bytes.
    pub peak: Option<u64>,
    /// The most memory of a GPU that one of them took, bytes.
    pub device_peak: Option<u64>,
    /// How many were asked.
    pub from: usize,
}

/// What steps took before, on one kind of device with so many threads.
#[derive(Clone, Debug, Default)]
pub struct History(HashMap<String, Vec<Entry>>);

impl History {
    /// Of the entries of a store, those of a kind of device (`Cpu`, `Cuda`; all where it is empty) and number of threads.
    #[must_use]
    pub fn new(entries: Vec<Entry>, device: &str, threads: u64) -> Self {
        let mut of: HashMap<String, Vec<Entry>> = HashMap::new();
        for entry in entries.into_iter().filter(|e| e.device.starts_with(device) && e.threads == threads) {
            of.entry(entry.step.clone()).or_default().push(entry);
        }
        for entries in of.values_mut() {
            entries.sort_by(|a, b| a.flops.total_cmp(&b.flops));
        }
        Self(of)
    }

    /// About how many seconds a step takes: where nothing like it was run, operations say which of two is longer.
    #[must_use]
    pub fn cost(&self, step: &Step) -> f64 {
        self.estimate(step).map_or(step.flops / 1e10, |found| found.seconds)
    }

    /// The memory that a step will probably take.
    #[must_use]
    pub fn needs(&self, step: &Step) -> Needs {
        let found = self.estimate(step);
        let of = |peak: fn(Estimate) -> Option<u64>| found.and_then(peak).unwrap_or(0);
        Needs { main: of(|e| e.peak), device: of(|e| e.device_peak) }
    }

    /// What a step will probably take; nothing where none like it was run.
    #[must_use]
    pub fn estimate(&self, step: &Step) -> Option<Estimate> {
        let all = self.0.get(step.spec.word())?;
        // What counts no operations, such as a program of the user's, says nothing of what does, nor the other way round.
        let (without, with) = all.split_at(all.partition_point(|e| e.flops <= 0.0));
        let all = if step.flops > 0.0 { with } else { without };
        if all.is_empty() {
            return None;
        }
        // Sizes are compared by their ratio.
        let at = all.partition_point(|e| e.flops < step.flops);
        let (mut from, mut to) = (at, at);
        let apart = |e: &Entry| (e.flops.max(1.0) / step.flops.max(1.0)).ln().abs();
        while to - from < NEAREST.min(all.len()) {
            let below = from.checked_sub(1).map(|i| apart(&all[i]));
            let above = all.get(to).map(apart);
            match (below, above) {
                (Some(below), Some(above)) if below <= above => from -= 1,
                (_, Some(_)) => to += 1,
                _ => from -= 1,
            }
        }
        let near = &all[from..to];
        let scaled = |e: &Entry| {
            if e.flops > 0.0 && step.flops > 0.0 { e.seconds * step.flops / e.flops } else { e.seconds }
        };
        let mut seconds: Vec<f64> = near.iter().map(scaled).collect();
        seconds.sort_by(f64::total_cmp);
        let quantile = |q: f64| seconds[((seconds.len() - 1) as f64 * q).round() as usize];
        Some(Estimate {
            seconds: quantile(0.5),
            between: [quantile(0.25), quantile(0.75)],
            peak: near.iter().filter_map(|e| e.peak).max(),
            device_peak: near.iter().filter_map(|e| e.device_peak).max(),
            from: near.len(),
        })
    }
}

/// What all missing steps of a graph will probably take.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bill {
    /// Seconds of work.
    pub work: f64,
    /// The same, where all take as little, or as much, as a quarter of their like did.
    pub between: [f64; 2],
    /// Seconds until the end, on so many workers: no less than the longest chain of steps that wait for each other.
    pub wall: f64,
    /// The most memory that a step will take, bytes.
    pub peak: Option<u64>,
    /// The same of a GPU's.
    pub device_peak: Option<u64>,
    /// Steps without any like them, by word.
    pub unknown: Vec<(String, usize)>,
    /// Steps of which few like them, or of another size, are known.
    pub unsure: usize,
}

impl Bill {
    /// The bill of steps that are missing, on so many workers.
    #[must_use]
    pub fn of(graph: &Graph, missing: &[StepKey], history: &History, workers: usize) -> Self {
        let mut bill = Bill::default();
        let mut ways: HashMap<StepKey, f64> = HashMap::new();
        let mut longest: f64 = 0.0;
        for key in missing {
            let step = &graph[*key];
            let before = step.spec.inputs().iter().filter_map(|i| ways.get(i)).copied().fold(0.0, f64::max);
            let own = match history.estimate(step) {
                Some(found) => {
                    bill.work += found.seconds;
                    bill.between = [0, 1].map(|i| bill.between[i] + found.between[i]);
                    bill.peak = bill.peak.max(found.peak);
                    bill.device_peak = bill.device_peak.max(found.device_peak);
                    bill.unsure += usize::from(found.from < 3);
                    found.seconds
                }
                None => {
                    let word = step.spec.word();
                    match bill.unknown.iter_mut().find(|(w, _)| w == word) {
                        Some((_, count)) => *count += 1,
                        None => bill.unknown.push((word.to_owned(), 1)),
                    }
                    0.0
                }
            };
            ways.insert(*key, before + own);
            longest = longest.max(before + own);
        }
        bill.wall = longest.max(bill.work / workers.max(1) as f64);
        bill
    }
}

/// Bytes of memory that programs can still have, where the system says so.
#[must_use]
pub fn available_memory() -> Option<u64> {
    use procfs::Current;
    procfs::Meminfo::current().ok()?.mem_available
}
