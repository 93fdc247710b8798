//! Which steps fit beside those that run: by main memory on the whole machine, by a GPU's own on each of them.

use std::collections::{HashMap, HashSet};

use mu_step::StepKey;

/// Bytes of memory that a step takes, by what steps like it took; nothing where that is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Of main memory.
    pub main: u64,
    /// Of a GPU's.
    pub device: u64,
}

/// The memory there is.
#[derive(Debug, Default)]
pub(crate) struct Room {
    /// Bytes of main memory for all steps together, where there is a limit.
    main: Option<u64>,
    /// Bytes that were free on each GPU before its first step.
    devices: HashMap<String, u64>,
    /// Steps that a GPU's memory was not enough for while others ran on it.
    alone: HashSet<StepKey>,
}

impl Room {
    pub(crate) fn new(main: Option<u64>) -> Self {
        Self { main, ..Self::default() }
    }

    /// What a worker found free where it computes: the least that is said before a step runs there, as each worker takes its share.
    pub(crate) fn found(&mut self, device: &str, free: u64) {
        let all = self.devices.entry(device.to_owned()).or_insert(free);
        *all = free.min(*all);
    }

    /// From now on the step runs alone on a GPU; whether it did not before.
    pub(crate) fn isolate(&mut self, key: StepKey) -> bool {
        self.alone.insert(key)
    }

    /// Whether a step fits where `device` is, beside steps that run, each with its device. One that is too large for the machine, or for its
    /// GPU, fits where nothing else runs.
    pub(crate) fn fits(
        &self,
        key: StepKey,
        device: &str,
        running: &[(StepKey, &str)],
        needs: &dyn Fn(StepKey) -> Needs,
    ) -> bool {
        let own = needs(key);
        let taken: u64 = running.iter().map(|(k, _)| needs(*k).main).sum();
        let main = running.is_empty() || self.main.is_none_or(|all| own.main <= all.saturating_sub(taken));
        let beside: Vec<StepKey> = running.iter().filter(|(_, d)| *d == device).map(|(k, _)| *k).collect();
        let Some(free) = self.devices.get(device).filter(|_| !beside.is_empty()) else { return main };
        let taken: u64 = beside.iter().map(|k| needs(*k).device).sum();
        // A tenth is left for what is not tensors.
        let device = own.device <= (free / 10 * 9).saturating_sub(taken);
        main && device && !beside.iter().chain([&key]).any(|k| self.alone.contains(k))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u8) -> StepKey {
        StepKey::try_from(format!("{n:02x}").repeat(32)).unwrap()
    }

    #[test]
    fn main_memory_is_one_and_each_gpu_has_its_own() {
        let mut room = Room::new(Some(100));
        room.found("Cuda(0)", 60);
        room.found("Cuda(0)", 50);
        room.found("Cuda(1)", 50);
        let needs = |k: StepKey| {
            if k == key(9) { Needs { main: 10, device: 80 } } else { Needs { main: 30, device: 20 } }
        };
        let fits = |k, device: &str, running: &[(StepKey, &str)]| room.fits(k, device, running, &needs);
        let one = [(key(1), "Cuda(0)")];
        let two = [(key(1), "Cuda(0)"), (key(2), "Cuda(0)")];
        assert!(fits(key(3), "Cuda(0)", &one), "20 + 20 of 45");
        assert!(!fits(key(3), "Cuda(0)", &two), "60 of 45");
        assert!(fits(key(3), "Cuda(1)", &two), "another GPU has its own");
        assert!(
            !fits(key(4), "Cuda(1)", &[two[0], two[1], (key(3), "Cuda(1)")]),
            "120 of 100 in main memory"
        );
        assert!(!fits(key(9), "Cuda(0)", &one));
        assert!(fits(key(9), "Cuda(0)", &[]), "too large for any GPU: it is tried alone");
        assert!(fits(key(3), "Cpu", &two), "no GPU, no limit of its own");
    }

    #[test]
    fn what_a_gpu_was_too_small_for_runs_alone() {
        let mut room = Room::new(None);
        room.found("Cuda(0)", 1000);
        assert!(room.isolate(key(1)) && !room.isolate(key(1)));
        let fits = |k, running: &[(StepKey, &str)]| room.fits(k, "Cuda(0)", running, &|_| Needs::default());
        assert!(!fits(key(1), &[(key(2), "Cuda(0)")]) && !fits(key(2), &[(key(1), "Cuda(0)")]));
        assert!(fits(key(1), &[]) && fits(key(1), &[(key(2), "Cuda(1)")]));
    }
}
