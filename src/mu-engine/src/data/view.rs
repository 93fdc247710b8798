//! Images in use: bytes on the device, or in a file that is mapped into memory where they are too many; batches out of them.

use std::cell::RefCell;
use std::path::Path;

use memmap2::Mmap;
use mu_step::{Augmentation, View};
use tch::{Device, Kind, TchError, Tensor};

use super::augment::{self, BatchDraws, Scale};
use crate::draw::Draws;

/// Images on a GPU take no more of its memory than this; the others stay in the file.
const MOST_RESIDENT: u64 = 8 << 30;

/// Images [n, c, canvas, canvas] uint8 and labels [n] int64.
pub(crate) struct Images {
    pixels: Tensor,
    /// What the pixels lie in, where that is a file.
    map: Option<Map>,
    pub(crate) labels: Tensor,
    scale: Scale,
    /// [c, h, w] of a batch's images.
    shape: [i64; 3],
    augment: Vec<Augmentation>,
    evaluate: Vec<Augmentation>,
}

/// A file of pixels, whose samples are verified when they are first used.
struct Map {
    bytes: Mmap,
    /// BLAKE3 of each sample; empty where the file was verified as a whole.
    digests: Vec<u8>,
    verified: RefCell<Vec<bool>>,
}

impl Map {
    fn verify(&self, index: &[i64], size: usize) -> Result<(), TchError> {
        if self.digests.is_empty() {
            return Ok(());
        }
        let mut verified = self.verified.borrow_mut();
        for sample in index {
            let at = *sample as usize;
            if !verified[at] {
                let digest = blake3::hash(&self.bytes[at * size..(at + 1) * size]);
                if digest.as_bytes()[..] != self.digests[32 * at..32 * (at + 1)] {
                    return Err(TchError::FileFormat(format!(
                        "the decoded image {at} is damaged in the store"
                    )));
                }
                verified[at] = true;
            }
        }
        Ok(())
    }
}

impl Images {
    /// Of a tensor on the device. Batches will have elements of `kind`.
    pub(crate) fn new(pixels: Tensor, labels: Tensor, view: &View, kind: Kind) -> Result<Self, TchError> {
        let (_, c, side, _) = pixels.size4()?;
        let device = labels.device();
        let channel = |values: Vec<f64>| {
            Tensor::from_slice(&values).f_view([1, c, 1, 1])?.f_to_kind(kind)?.f_to_device(device)
        };
        let out = view.evaluate.iter().fold(side, |side, a| a.output(side).unwrap_or(side));
        Ok(Self {
            pixels,
            map: None,
            labels,
            scale: Scale::new(
                channel(view.mean.iter().map(|m| m * 255.0).collect())?,
                channel(view.std.iter().map(|s| 1.0 / (s * 255.0)).collect())?,
            )?,
            shape: [c, out, out],
            augment: view.augment.clone(),
            evaluate: view.evaluate.clone(),
        })
    }

    /// Channels and side of the images as they lie there.
    pub(crate) fn stored(&self) -> [i64; 2] {
        let size = self.pixels.size();
        [size.get(1).copied().unwrap_or(0), size.get(2).copied().unwrap_or(0)]
    }

    /// Of a file of [n, c, side, side] bytes; `digests` holds those of its samples where they are to be verified one by one.
    pub(crate) fn open(
        path: &Path,
        [n, c, side]: [i64; 3],
        digests: Vec<u8>,
        labels: Tensor,
        view: &View,
    ) -> Result<Self, TchError> {
        let shape = [n, c, side, side];
        let file = mu_file::open(path)?;
        let length = file.metadata()?.len();
        if length != shape.iter().product::<i64>() as u64 {
            return Err(TchError::FileFormat(format!("{} has {length} bytes", path.display())));
        }
        if n == 0 {
            let none = Tensor::f_zeros(shape, (Kind::Uint8, labels.device()))?;
            return Self::new(none, labels, view, Kind::Float);
        }
        // SAFETY: objects of the store are never changed once they are there, and stay mapped where they are removed. Only where another
        // machine removes one on a file system of a network is this process ended by a signal, and the step tried anew.
        let bytes = unsafe { Mmap::map(&file)? };
        let strides = [c * side * side, side * side, side, 1];
        // SAFETY: the tensor is read only, has the map's length, and is dropped with it.
        let pixels =
            unsafe { Tensor::f_from_blob(bytes.as_ptr(), &shape, &strides, Kind::Uint8, Device::Cpu)? };
        let resident = labels.device().is_cuda() && length <= MOST_RESIDENT && digests.is_empty();
        if resident {
            return Self::new(pixels.f_to_device(labels.device())?, labels, view, Kind::Float);
        }
        let verified = RefCell::new(vec![false; if digests.is_empty() { 0 } else { n as usize }]);
        let mut images = Self::new(pixels, labels, view, Kind::Float)?;
        images.map = Some(Map { bytes, digests, verified });
        Ok(images)
    }

    /// The least and the largest network input, [1, c, 1, 1]: those of pixels 0 and 255.
    fn bounds(&self) -> Result<[Tensor; 2], TchError> {
        let at = |pixel: f64| (&self.scale.mean - pixel).f_neg()?.f_mul(&self.scale.inverse_std);
        Ok([at(0.0)?, at(255.0)?])
    }

    /// By channel: the range of pixels, the darkest and the lightest one, in network input.
    pub(crate) fn pixels(&self) -> Result<[Tensor; 3], TchError> {
        let [darkest, lightest] = self.bounds()?;
        let range = self.scale.inverse_std.f_mul_scalar(255.0)?;
        Ok([range.f_view([-1])?, darkest.f_view([-1])?, lightest.f_view([-1])?])
    }

    /// [c, h, w] of a batch's images.
    pub(crate) fn shape(&self) -> [i64; 3] {
        self.shape
    }

    pub(crate) fn device(&self) -> Device {
        self.labels.device()
    }

    /// Whether all of them lie on the device.
    pub(crate) fn are_resident(&self) -> bool {
        self.map.is_none() && self.pixels.device() == self.device()
    }

    /// Draws the augmentation of an epoch of `n` samples; `None` where the view has none.
    pub(crate) fn draw(&self, draws: Draws, epoch: usize, n: usize) -> Result<Option<BatchDraws>, TchError> {
        if self.augment.is_empty() {
            return Ok(None);
        }
        let side = self.pixels.size()[2];
        BatchDraws::new(&self.augment, side, draws, epoch, n, self.device()).map(Some)
    }

    /// The network input for samples `index` [b]: [b, c, h, w]; augmented by the draws of positions `at..at + b` of the
    /// epoch, or as the images are evaluated.
    pub(crate) fn batch(
        &self,
        index: &Tensor,
        augmented: Option<(&BatchDraws, i64)>,
    ) -> Result<Tensor, TchError> {
        let mut index = index.shallow_clone();
        if let Some(map) = &self.map {
            index = index.f_to_device(Device::Cpu)?;
            let size = self.pixels.size()[1..].iter().product::<i64>() as usize;
            map.verify(&Vec::<i64>::try_from(&index)?, size)?;
        }
        let list = if augmented.is_some() { &self.augment } else { &self.evaluate };
        if self.pixels.device() == self.device() {
            return augment::apply(self.pixels.shallow_clone(), Some(index), list, augmented, &self.scale);
        }
        let pixels = self.pixels.f_index_select(0, &index)?.f_to_device(self.device())?;
        augment::apply(pixels, None, list, augmented, &self.scale)
    }
}

#[cfg(test)]
mod tests;
