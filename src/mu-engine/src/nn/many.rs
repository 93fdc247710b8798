//! Evaluation of many images. Large networks take one batch on all threads, so that their weights pass by once; small ones as many
//! batches at once as there are threads: what lies between the layers stays in the caches of each core, and nobody waits.

use std::sync::{Mutex, PoisonError};

use tch::{Device, TchError, Tensor};

use super::network::Network;
use super::pass::Given;

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
        self.all(images, None)
    }

    /// What a denoiser makes of images [b, c, h, w] in evaluation mode, without a graph.
    #[allow(dead_code, reason = "tests hold it against `predict`; sampling still asks batch by batch")]
    pub(crate) fn predictions(&self, at: &Tensor, given: &Given) -> Result<Tensor, TchError> {
        self.all(at, Some(given))
    }

    fn all(&self, images: &Tensor, given: Option<&Given>) -> Result<Tensor, TchError> {
        if self.device() != Device::Cpu || !self.is_small() {
            return tch::no_grad(|| self.of_batch(images, given));
        }
        let cut = |start: i64, length: i64| given.map(|given| given.narrow(start, length)).transpose();
        let mut parts = Vec::new();
        let mut start = 0;
        for part in images.f_split(FEW, 0)? {
            let length = part.size()[0];
            parts.push((part, cut(start, length)?));
            start += length;
        }
        let count = parts.len();
        let parts = Mutex::new(parts.into_iter().map(Some).collect::<Vec<_>>());
        let networks = Mutex::new((0..threads()).map(|_| self.handle()).collect::<Vec<_>>());
        let made = Mutex::new((0..count).map(|_| None).collect::<Vec<_>>());
        mu_kernels::each(count, |at| {
            let Some((part, given)) = own(&parts)[at].take() else { return };
            // No more are asked for at once than there are threads.
            let Some(network) = own(&networks).pop() else { return };
            let outputs = tch::no_grad(|| network.of_batch(&part, given.as_ref()));
            own(&networks).push(network);
            own(&made)[at] = Some(outputs);
        })?;
        let made = own(&made).drain(..).collect::<Option<Result<Vec<Tensor>, TchError>>>();
        Tensor::f_cat(&made.ok_or_else(|| TchError::Torch("a batch was not evaluated".to_owned()))??, 0)
    }

    fn of_batch(&self, images: &Tensor, given: Option<&Given>) -> Result<Tensor, TchError> {
        match given {
            Some(given) => self.predict(images, given, false),
            None => self.forward(images, false),
        }
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
