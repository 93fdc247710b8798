//! Batches as one gather: crop, flip and normalisation of a whole batch out of the resident uint8 images.

use mu_step::{Augmentation, View};
use tch::{Device, Kind, TchError, Tensor};

use crate::draw::{Draw, Draws};

/// Images [n, c, h + 2·pad, w + 2·pad] uint8 and labels [n] int64, on the device.
pub(crate) struct Images {
    padded: Tensor,
    pub(crate) labels: Tensor,
    /// In units of pixels, 0..255.
    mean: Tensor,
    pub(crate) inverse_std: Tensor,
    kind: Kind,
    /// [c, h, w] of a batch's images.
    shape: [i64; 3],
    pad: i64,
    flips: bool,
}

/// The augmentation of one epoch, drawn beforehand: offsets and flips by position in the epoch.
pub(crate) struct BatchDraws {
    rows: Tensor,
    columns: Tensor,
    flips: Tensor,
}

impl Images {
    /// Batches will have elements of `kind`.
    pub(crate) fn new(images: Tensor, labels: Tensor, view: &View, kind: Kind) -> Result<Self, TchError> {
        let (_, c, h, w) = images.size4()?;
        let crops = view.augment.iter().map(|a| if let Augmentation::Crop { pad } = a { *pad } else { 0 });
        let pad = crops.max().unwrap_or(0);
        let device = images.device();
        let channel = |values: Vec<f64>| {
            Tensor::from_slice(&values).f_view([1, c, 1, 1])?.f_to_kind(kind)?.f_to_device(device)
        };
        Ok(Self {
            padded: images.f_constant_pad_nd([pad, pad, pad, pad])?.f_contiguous()?,
            labels,
            mean: channel(view.mean.iter().map(|m| m * 255.0).collect())?,
            inverse_std: channel(view.std.iter().map(|s| 1.0 / (s * 255.0)).collect())?,
            shape: [c, h, w],
            kind,
            pad,
            flips: view.augment.contains(&Augmentation::Flip),
        })
    }

    /// The least and the largest network input, [1, c, 1, 1]: those of pixels 0 and 255.
    pub(crate) fn bounds(&self) -> Result<[Tensor; 2], TchError> {
        let at = |pixel: f64| (&self.mean - pixel).f_neg()?.f_mul(&self.inverse_std);
        Ok([at(0.0)?, at(255.0)?])
    }

    /// [c, h, w] of a batch's images.
    pub(crate) fn shape(&self) -> [i64; 3] {
        self.shape
    }

    pub(crate) fn device(&self) -> Device {
        self.padded.device()
    }

    /// Draws the augmentation of an epoch of `n` samples; `None` where the view has none.
    pub(crate) fn draw(&self, draws: Draws, epoch: usize, n: usize) -> Result<Option<BatchDraws>, TchError> {
        if self.pad == 0 && !self.flips {
            return Ok(None);
        }
        let offsets = |purpose: &str, below: usize| {
            let mut stream: Draw = draws.stream(purpose, epoch);
            let values: Vec<i64> = (0..n).map(|_| stream.below(below) as i64).collect();
            Tensor::from_slice(&values).f_to_device(self.device())
        };
        let places = 2 * self.pad as usize + 1;
        Ok(Some(BatchDraws {
            rows: offsets("crop rows", places)?,
            columns: offsets("crop columns", places)?,
            flips: offsets("flips", if self.flips { 2 } else { 1 })?,
        }))
    }

    /// The network input for samples `index` [b]: [b, c, h, w] float32; augmented by the draws of positions
    /// `at..at + b` of the epoch, or as the images are.
    pub(crate) fn batch(
        &self,
        index: &Tensor,
        augmented: Option<(&BatchDraws, i64)>,
    ) -> Result<Tensor, TchError> {
        let b = index.size1()?;
        let [c, h, w] = self.shape;
        let (ph, pw) = (h + 2 * self.pad, w + 2 * self.pad);
        let int = (Kind::Int64, self.device());
        let column = Tensor::f_arange(w, int)?.f_view([1, w])?;
        let row = Tensor::f_arange(h, int)?.f_view([1, h])?;
        let (rows, columns) = match augmented {
            Some((draws, at)) => {
                let cut = |t: &Tensor| t.f_narrow(0, at, b)?.f_view([b, 1]);
                let flip = cut(&draws.flips)?;
                // Mirrored where flip is 1: w − 1 − column.
                let mirrored = &flip * (w - 1) + (1 - 2 * &flip) * &column;
                (cut(&draws.rows)? + row, cut(&draws.columns)? + mirrored)
            }
            None => ((row + self.pad).f_expand([b, h], false)?, (column + self.pad).f_expand([b, w], false)?),
        };
        let channel = Tensor::f_arange(c, int)?.f_view([1, c, 1, 1])? * (ph * pw);
        let flat = index.f_view([b, 1, 1, 1])? * (c * ph * pw)
            + channel
            + rows.f_view([b, 1, h, 1])? * pw
            + columns.f_view([b, 1, 1, w])?;
        let pixels = self.padded.f_take(&flat)?.f_to_kind(self.kind)?;
        pixels.f_sub(&self.mean)?.f_mul(&self.inverse_std)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn images(augment: Vec<Augmentation>) -> Images {
        let pixels: Vec<u8> = (0..2 * 2 * 3 * 3).collect();
        let tensor = Tensor::from_data_size(&pixels, &[2, 2, 3, 3], Kind::Uint8);
        let view = View { augment, mean: vec![0.0, 0.5], std: vec![1.0, 0.25] };
        Images::new(tensor, Tensor::from_slice(&[0i64, 1]), &view, Kind::Float).unwrap()
    }

    #[test]
    fn plain_batches_are_normalised_images() {
        let batch =
            images(vec![Augmentation::Crop { pad: 2 }]).batch(&Tensor::from_slice(&[1i64]), None).unwrap();
        for (channel, (mean, std)) in [(0.0, 1.0), (0.5, 0.25)].into_iter().enumerate() {
            for y in 0..3 {
                for x in 0..3 {
                    let pixel = (18 + channel * 9 + y * 3 + x) as f64;
                    let got = batch.double_value(&[0, channel as i64, y as i64, x as i64]);
                    assert!((got - (pixel / 255.0 - mean) / std).abs() < 1e-6);
                }
            }
        }
    }

    /// Against torchvision's definition: pad with 0, cut at the offset, mirror.
    #[test]
    fn crops_and_flips_match_their_definition() {
        let images = images(vec![Augmentation::Crop { pad: 1 }, Augmentation::Flip]);
        let one = |v: i64| Tensor::from_slice(&[v]);
        for (dy, dx, flip) in [(0, 0, 0), (2, 1, 0), (1, 1, 1), (0, 2, 1)] {
            let draws = BatchDraws { rows: one(dy), columns: one(dx), flips: one(flip) };
            let batch = images.batch(&one(0), Some((&draws, 0))).unwrap();
            for y in 0..3i64 {
                for x in 0..3i64 {
                    let source_x = if flip == 1 { 2 - x } else { x } + dx - 1;
                    let source_y = y + dy - 1;
                    let inside = (0..3).contains(&source_x) && (0..3).contains(&source_y);
                    let pixel = if inside { (source_y * 3 + source_x) as f64 } else { 0.0 };
                    let got = batch.double_value(&[0, 0, y, x]);
                    assert!((got - pixel / 255.0).abs() < 1e-6, "{dy} {dx} {flip} at {y} {x}: {got}");
                }
            }
        }
    }
}
