//! torchvision's transforms on whole batches, on the device. What only moves pixels is a map of rows and columns, followed once; what
//! resamples is a product with two matrices for each image.

use mu_step::Augmentation;
use tch::{Device, Kind, TchError, Tensor};

use crate::draw::{Draw, Draws};

/// The draws of one epoch for one augmentation, by position in the epoch.
enum Drawn {
    /// Nothing is random.
    None,
    /// Offsets of a cut.
    Offsets { rows: Tensor, columns: Tensor },
    /// 1 where the image is mirrored.
    Flips(Tensor),
    /// Parts: first row, rows, first column, columns.
    Boxes([Tensor; 4]),
}

/// The augmentation of one epoch, drawn beforehand.
pub(crate) struct BatchDraws(Vec<Drawn>);

impl BatchDraws {
    /// Draws for `n` images of `side` px.
    pub(super) fn new(
        list: &[Augmentation],
        side: i64,
        draws: Draws,
        epoch: usize,
        n: usize,
        device: Device,
    ) -> Result<Self, TchError> {
        let mut all = Vec::new();
        let mut side = side;
        for (at, a) in list.iter().enumerate() {
            let before =
                list[..at].iter().filter(|b| std::mem::discriminant(*b) == std::mem::discriminant(a));
            // The first of its kind is not numbered.
            let number = match before.count() {
                0 => String::new(),
                k => format!(" {k}"),
            };
            let stream = |purpose: &str| draws.stream(&format!("{purpose}{number}"), epoch);
            let column = |values: Vec<i64>| Tensor::from_slice(&values).f_to_device(device);
            let below = |purpose: &str, most: usize| {
                let mut stream = stream(purpose);
                column((0..n).map(|_| stream.below(most) as i64).collect())
            };
            let output = a.output(side).unwrap_or(side);
            all.push(match a {
                Augmentation::Crop { pad, .. } => {
                    let places = (side + 2 * pad - output + 1) as usize;
                    Drawn::Offsets {
                        rows: below("crop rows", places)?,
                        columns: below("crop columns", places)?,
                    }
                }
                Augmentation::Flip => Drawn::Flips(below("flips", 2)?),
                Augmentation::RandomResizedCrop { scale, ratio, .. } => {
                    let mut stream = stream("resized crop");
                    let boxes: Vec<[i64; 4]> =
                        (0..n).map(|_| part(side, *scale, *ratio, &mut stream)).collect();
                    let [a, b, c, d] = [0, 1, 2, 3].map(|k| column(boxes.iter().map(|b| b[k]).collect()));
                    Drawn::Boxes([a?, b?, c?, d?])
                }
                Augmentation::Resize { .. } | Augmentation::CentreCrop { .. } => Drawn::None,
            });
            side = output;
        }
        Ok(Self(all))
    }
}

impl BatchDraws {
    /// What `f` makes of each tensor.
    pub(crate) fn map(&self, f: impl Fn(&Tensor) -> Result<Tensor, TchError>) -> Result<Self, TchError> {
        let map = |drawn: &Drawn| {
            Ok(match drawn {
                Drawn::None => Drawn::None,
                Drawn::Offsets { rows, columns } => Drawn::Offsets { rows: f(rows)?, columns: f(columns)? },
                Drawn::Flips(flips) => Drawn::Flips(f(flips)?),
                Drawn::Boxes([a, b, c, d]) => Drawn::Boxes([f(a)?, f(b)?, f(c)?, f(d)?]),
            })
        };
        self.0.iter().map(map).collect::<Result<_, _>>().map(Self)
    }

    /// All of them, by position in the epoch.
    pub(crate) fn tensors(&self) -> Vec<&Tensor> {
        let of = |drawn| match drawn {
            &Drawn::None => vec![],
            Drawn::Offsets { rows, columns } => vec![rows, columns],
            Drawn::Flips(flips) => vec![flips],
            Drawn::Boxes(all) => all.iter().collect(),
        };
        self.0.iter().flat_map(of).collect()
    }
}

/// Rows and columns of a part as torchvision draws it: ten attempts at a share of the area and a shape, then the middle.
fn part(side: i64, scale: [f64; 2], ratio: [f64; 2], stream: &mut Draw) -> [i64; 4] {
    let area = (side * side) as f64;
    let mut between = |[low, high]: [f64; 2]| low + (high - low) * stream.unit();
    for _ in 0..10 {
        let wanted = area * between(scale);
        let shape = between(ratio.map(f64::ln)).exp();
        let whole = |n: f64| n.sqrt().round_ties_even() as i64;
        let [h, w] = [whole(wanted / shape), whole(wanted * shape)];
        if (1..=side).contains(&h) && (1..=side).contains(&w) {
            let (top, left) = (stream.below((side - h + 1) as usize), stream.below((side - w + 1) as usize));
            return [top as i64, h, left as i64, w];
        }
    }
    // A square image has a shape between any two bounds around 1.
    [0, side, 0, side]
}

/// A batch under way: pixels, and which row and column of them each place shows; −1 is nothing.
struct Placed {
    pixels: Tensor,
    /// Which of the images they are, where only some of them are.
    index: Option<Tensor>,
    rows: Tensor,
    columns: Tensor,
    /// Whether a place may show nothing.
    padded: bool,
    /// Whether every place shows its own pixel.
    still: bool,
}

impl Placed {
    fn of(pixels: Tensor, index: Option<Tensor>) -> Result<Self, TchError> {
        let (n, _, h, w) = pixels.size4()?;
        let b = index.as_ref().map_or(n, |index| index.numel() as i64);
        let int = (Kind::Int64, pixels.device());
        let rows = Tensor::f_arange(h, int)?.f_view([1, h])?.f_expand([b, h], false)?;
        let columns = Tensor::f_arange(w, int)?.f_view([1, w])?.f_expand([b, w], false)?;
        Ok(Self { pixels, index, rows, columns, padded: false, still: true })
    }

    /// Their own pixels.
    fn own(&self) -> Result<Tensor, TchError> {
        match &self.index {
            None => Ok(self.pixels.shallow_clone()),
            Some(index) => self.pixels.f_index_select(0, index),
        }
    }

    /// The network input.
    fn normalised(&self, scale: &Scale) -> Result<Tensor, TchError> {
        match (&scale.table, &self.index) {
            (Some(table), Some(index)) => {
                Ok(mu_kernels::gather(&self.pixels, index, [&self.rows, &self.columns], table)?)
            }
            (Some(table), None) => {
                let all = Tensor::f_arange(self.pixels.size()[0], (Kind::Int64, Device::Cpu))?;
                Ok(mu_kernels::gather(&self.pixels, &all, [&self.rows, &self.columns], table)?)
            }
            (None, _) => self.show(scale.kind)?.f_sub(&scale.mean)?.f_mul(&scale.inverse_std),
        }
    }

    /// The pixels where they are shown, [b, c, h, w].
    fn show(&self, kind: Kind) -> Result<Tensor, TchError> {
        let pixels = self.own()?;
        if self.still {
            return pixels.f_to_kind(kind);
        }
        let (b, c, h, w) = pixels.size4()?;
        let int = (Kind::Int64, pixels.device());
        let (rows, columns) = (self.rows.f_view([b, 1, -1, 1])?, self.columns.f_view([b, 1, 1, -1])?);
        let image = Tensor::f_arange(b, int)?.f_view([b, 1, 1, 1])? * (c * h * w);
        let channel = Tensor::f_arange(c, int)?.f_view([1, c, 1, 1])? * (h * w);
        let flat = image + channel + rows.f_clamp_min(0)? * w + columns.f_clamp_min(0)?;
        let shown = pixels.f_take(&flat)?.f_to_kind(kind)?;
        if !self.padded {
            return Ok(shown);
        }
        let seen = rows.f_ge(0)?.f_logical_and(&columns.f_ge(0)?)?;
        shown.f_mul(&seen.f_to_kind(kind)?)
    }
}

/// Which of `from` places each of `out` places shows, `offset` [b, 1] further on and `pad` back; −1 beyond the ends.
fn cut(from: &Tensor, offset: &Tensor, pad: i64, out: i64) -> Result<Tensor, TchError> {
    let size = from.size()[1];
    let place = Tensor::f_arange(out, (Kind::Int64, from.device()))?.f_view([1, out])? + offset - pad;
    let inside = place.f_ge(0)?.f_logical_and(&place.f_lt(size)?)?;
    let shown = from.f_gather(1, &place.f_clamp(0, size - 1)?, false)?;
    shown.f_where_self(&inside, &shown.f_full_like(-1)?)
}

/// How bytes become network input.
pub(super) struct Scale {
    /// In units of pixels, 0..255, [1, c, 1, 1].
    pub(super) mean: Tensor,
    pub(super) inverse_std: Tensor,
    pub(super) kind: Kind,
    /// What each byte becomes [c, 256], where our kernel serves: on a processor, in float32.
    table: Option<Tensor>,
}

impl Scale {
    pub(super) fn new(mean: Tensor, inverse_std: Tensor) -> Result<Self, TchError> {
        let kind = mean.kind();
        let bytes = || Tensor::f_arange(256, (Kind::Float, Device::Cpu))?.f_view([1, 1, 1, 256]);
        let own = mean.device() == Device::Cpu && kind == Kind::Float;
        let table =
            own.then(|| bytes()?.f_sub(&mean)?.f_mul(&inverse_std)?.f_view([-1, 256])?.f_contiguous());
        Ok(Self { mean, inverse_std, kind, table: table.transpose()? })
    }
}

/// Network input [b, c, h, w] of bytes, of all of them or of images `index`, after a list of augmentations; by the draws of
/// positions `at..at + b`.
pub(super) fn apply(
    pixels: Tensor,
    index: Option<Tensor>,
    list: &[Augmentation],
    drawn: Option<(&BatchDraws, i64)>,
    scale: &Scale,
) -> Result<Tensor, TchError> {
    let mut now = Placed::of(pixels, index)?;
    let b = now.rows.size()[0];
    for (k, a) in list.iter().enumerate() {
        let none = Drawn::None;
        let (own, at) = drawn.map_or((&none, 0), |(draws, at)| (draws.0.get(k).unwrap_or(&none), at));
        let take = |t: &Tensor| t.f_narrow(0, at, b)?.f_view([b, 1]);
        let side = now.rows.size()[1];
        match (a, own) {
            (Augmentation::Crop { pad, .. }, Drawn::Offsets { rows, columns }) => {
                let out = a.output(side).unwrap_or(side);
                now.rows = cut(&now.rows, &take(rows)?, *pad, out)?;
                now.columns = cut(&now.columns, &take(columns)?, *pad, out)?;
                now.padded |= *pad > 0;
                now.still = false;
            }
            (Augmentation::Flip, Drawn::Flips(flips)) if now.still && scale.table.is_none() => {
                let which = take(flips)?.f_eq(1)?.f_view([b, 1, 1, 1])?;
                let pixels = now.own()?;
                (now.pixels, now.index) = (pixels.f_flip([3])?.f_where_self(&which, &pixels)?, None);
            }
            (Augmentation::Flip, Drawn::Flips(flips)) => {
                now.columns = now.columns.f_flip([1])?.f_where_self(&take(flips)?.f_eq(1)?, &now.columns)?;
                now.still = false;
            }
            (Augmentation::CentreCrop { side: out }, _) => {
                let from = ((side - out) as f64 / 2.0).round_ties_even() as i64;
                now.rows = now.rows.f_narrow(1, from, *out)?;
                now.columns = now.columns.f_narrow(1, from, *out)?;
                now.still = false;
            }
            (Augmentation::Resize { side: out }, _) => {
                let whole = now.rows.f_zeros_like()?.f_narrow(1, 0, 1)?;
                let all = whole.f_full_like(side)?;
                now = Placed::of(
                    resampled(&now.show(Kind::Uint8)?, [&whole, &all, &whole, &all], *out)?,
                    None,
                )?;
            }
            (Augmentation::RandomResizedCrop { side: out, .. }, Drawn::Boxes([a, b, c, d])) => {
                let parts = [take(a)?, take(b)?, take(c)?, take(d)?];
                let [a, b, c, d] = &parts;
                now = Placed::of(resampled(&now.show(Kind::Uint8)?, [a, b, c, d], *out)?, None)?;
            }
            // What is random is drawn for training batches; other batches have a list of their own.
            _ => {}
        }
    }
    now.normalised(scale)
}

/// A part of each image (first row, rows, first column, columns, each [b, 1]) scaled to `out` × `out`, bytes to bytes as torchvision
/// scales photographs. On a processor image by image, which knows that most weights are zero; elsewhere all at once.
fn resampled(x: &Tensor, parts: [&Tensor; 4], out: i64) -> Result<Tensor, TchError> {
    if x.device() == Device::Cpu { one_by_one(x, parts, out) } else { at_once(x, parts, out) }
}

fn one_by_one(x: &Tensor, parts: [&Tensor; 4], out: i64) -> Result<Tensor, TchError> {
    let host = |t: &Tensor| Vec::<i64>::try_from(t.f_reshape([-1])?);
    let [top, height, left, width] = [host(parts[0])?, host(parts[1])?, host(parts[2])?, host(parts[3])?];
    let scaled: Result<Vec<Tensor>, TchError> = (0..top.len())
        .map(|i| {
            let image = x.f_narrow(0, i as i64, 1)?;
            let part = image.f_narrow(2, top[i], height[i])?.f_narrow(3, left[i], width[i])?;
            part.f_internal_upsample_bilinear2d_aa([out, out], false, None, None)
        })
        .collect();
    Tensor::f_cat(&scaled?, 0)
}

fn at_once(x: &Tensor, [top, height, left, width]: [&Tensor; 4], out: i64) -> Result<Tensor, TchError> {
    let (_, _, h, w) = x.size4()?;
    let down = weights(top, height, h, out, Kind::Float)?.f_unsqueeze(1)?;
    let along = weights(left, width, w, out, Kind::Float)?.f_unsqueeze(1)?;
    let scaled = down.f_matmul(&x.f_to_kind(Kind::Float)?)?.f_matmul(&along.f_transpose(-2, -1)?)?;
    scaled.f_round()?.f_clamp(0.0, 255.0)?.f_to_kind(Kind::Uint8)
}

/// [b, out, size]: how much each pixel of a part gives to each new one. A triangle as wide as a new pixel, but no narrower than an
/// old one (bilinear, antialiased: that of PIL and torchvision).
fn weights(from: &Tensor, length: &Tensor, size: i64, out: i64, kind: Kind) -> Result<Tensor, TchError> {
    let real = |t: &Tensor| t.f_to_kind(kind)?.f_view([-1, 1, 1]);
    let (from, length) = (real(from)?, real(length)?);
    let scale = length.f_div_scalar(out as f64)?;
    let steps = |n: i64| Tensor::f_arange(n, (kind, from.device()))?.f_add_scalar(0.5);
    let centre = steps(out)?.f_view([1, -1, 1])?.f_mul(&scale)?;
    let place = steps(size)?.f_view([1, 1, -1])?.f_sub(&from)?;
    let apart = place.f_sub(&centre)?.f_abs()?.f_div(&scale.f_clamp_min(1.0)?)?;
    let inside = place.f_gt(0.0)?.f_logical_and(&place.f_lt_tensor(&length)?)?.f_to_kind(kind)?;
    let raw = apart.f_neg()?.f_add_scalar(1.0)?.f_clamp_min(0.0)?.f_mul(&inside)?;
    raw.f_div(&raw.f_sum_dim_intlist([-1i64].as_slice(), true, kind)?)
}

#[cfg(test)]
mod tests;
