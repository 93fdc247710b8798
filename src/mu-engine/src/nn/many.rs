//! Evaluation of many images. Large networks take one batch on all threads, so that their weights pass by once; small ones as many
//! batches at once as there are threads: what lies between the layers stays in the caches of each core, and nobody waits.

use std::sync::{Mutex, PoisonError};

use tch::{Device, TchError, Tensor};

use super::network::Network;

/// Parameters from which on a network is large.
const LARGE: f64 = 1e6;
/// Images of a batch of a small network.
const FEW: i64 = 16;

impl Network<'_> {
    /// How many images it takes at a time.
    pub(crate) fn takes(&self) -> usize {
        match self.device() {
            // Enough for no thread to be idle for long at the end.
            Device::Cpu if self.is_small() => 8 * threads() * FEW as usize,
            Device::Cpu => 128,
            _ => 512,
        }
    }

    fn is_small(&self) -> bool {
        self.graph.footprint().parameters < LARGE && !self.draws()
    }

    /// Logits [b, classes] of images [b, c, h, w] in evaluation mode, without a graph.
    pub(crate) fn logits(&self, images: &Tensor) -> Result<Tensor, TchError> {
        if self.device() != Device::Cpu || !self.is_small() {
            return tch::no_grad(|| self.forward(images, false));
        }
        let parts = images.f_split(FEW, 0)?;
        let count = parts.len();
        let parts = Mutex::new(parts);
        let networks = Mutex::new((0..threads()).map(|_| self.handle()).collect::<Vec<_>>());
        let made = Mutex::new((0..count).map(|_| None).collect::<Vec<_>>());
        mu_kernels::each(count, |at| {
            let part = own(&parts)[at].shallow_clone();
            // No more are asked for at once than there are threads.
            let Some(network) = own(&networks).pop() else { return };
            let logits = tch::no_grad(|| network.forward(&part, false));
            own(&networks).push(network);
            own(&made)[at] = Some(logits);
        })?;
        let made = own(&made).drain(..).collect::<Option<Result<Vec<Tensor>, TchError>>>();
        Tensor::f_cat(&made.ok_or_else(|| TchError::Torch("a batch was not evaluated".to_owned()))??, 0)
    }

    /// The same network for another thread.
    fn handle(&self) -> Self {
        let tensors = self.tensors.iter().map(|(n, t)| (n.clone(), t.shallow_clone())).collect();
        let folded = self.folded.iter().map(|(n, block)| (n.clone(), block.handle())).collect();
        Self { reduced: self.reduced, fast: self.fast, folded, ..Self::of(self.graph, tensors) }
    }
}

fn threads() -> usize {
    usize::try_from(tch::get_num_threads()).unwrap_or(1).max(1)
}

fn own<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
