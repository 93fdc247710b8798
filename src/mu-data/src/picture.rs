//! A stored image → the pixels that are kept: decoded, in the wanted channels, prepared, in the middle of the canvas.

use std::io::Cursor;

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::{ColorType, ImageReader, Limits};
use mu_step::{DataSpec, Prepare};

use crate::images::Stored;

/// No photograph has a longer side.
const MOST_SIDE: u32 = 20_000;
/// What decoding one may take.
const MOST_MEMORY: u64 = 1 << 30;

/// Pixels, channels innermost.
struct Picture {
    channels: usize,
    height: usize,
    width: usize,
    pixels: Vec<u8>,
}

/// [channels, canvas, canvas] bytes, one plane after the other.
pub(crate) fn canvas(stored: Stored<'_>, spec: &DataSpec) -> Result<Vec<u8>, String> {
    let channels = spec.channels as usize;
    let side = spec.canvas as usize;
    if let Stored::Planes(_, [_, h, w]) = stored
        && (h.min(w) == 0 || h.max(w) > MOST_SIDE as usize)
    {
        return Err(format!("is {h} × {w} px: no image is"));
    }
    // What is decoded already and needs no preparation is only placed.
    if let (Stored::Planes(planes, [c, h, w]), true) = (stored, spec.prepare.is_empty()) {
        if c != channels {
            return Err(format!("has {c} channel(s), the data set declares {channels}"));
        }
        return place(side, channels, h, w, |plane, y, x| planes[(plane * h + y) * w + x]);
    }
    let mut picture = match stored {
        Stored::File(bytes) => decode(bytes, channels)?,
        Stored::Planes(_, [c, ..]) if c != channels => {
            return Err(format!("has {c} channel(s), the data set declares {channels}"));
        }
        Stored::Planes(planes, [c, h, w]) => {
            let pixel = |at: usize| (0..c).map(move |plane| planes[plane * h * w + at]);
            Picture { channels: c, height: h, width: w, pixels: (0..h * w).flat_map(pixel).collect() }
        }
    };
    for prepare in &spec.prepare {
        picture = match prepare {
            Prepare::Resize { side } => picture.resized(*side as usize)?,
            Prepare::CentreCrop { side } => picture.middle(*side as usize)?,
        };
    }
    let Picture { height, width, pixels, .. } = picture;
    place(side, channels, height, width, |plane, y, x| pixels[(y * width + x) * channels + plane])
}

/// In the middle of a canvas of zeros.
fn place(
    side: usize,
    channels: usize,
    height: usize,
    width: usize,
    pixel: impl Fn(usize, usize, usize) -> u8,
) -> Result<Vec<u8>, String> {
    if height > side || width > side {
        return Err(format!(
            "is {height} × {width} px, larger than the canvas of {side} px; \
             `prepare = [resize({side} px), centre_crop({side} px)]` makes it fit"
        ));
    }
    let (top, left) = ((side - height) / 2, (side - width) / 2);
    let mut out = vec![0; channels * side * side];
    for plane in 0..channels {
        for y in 0..height {
            let row = (plane * side + top + y) * side + left;
            for x in 0..width {
                out[row + x] = pixel(plane, y, x);
            }
        }
    }
    Ok(out)
}

fn decode(bytes: &[u8], channels: usize) -> Result<Picture, String> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|e| e.to_string())?;
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(MOST_SIDE), Some(MOST_SIDE));
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let image = mu_file::guarded(|| reader.decode())?
        .map_err(|e| e.to_string().lines().next().unwrap_or("it is damaged").to_owned())?;
    let (width, height) = (image.width() as usize, image.height() as usize);
    if matches!(image.color(), ColorType::Rgb32F | ColorType::Rgba32F) {
        return Err("has pixels of real numbers, whose range nothing says".to_owned());
    }
    let pixels = match channels {
        1 if image.color().has_color() => grey(&image.into_rgb8().into_raw()),
        1 => image.into_luma8().into_raw(),
        3 => image.into_rgb8().into_raw(),
        n => return Err(format!("image files have 1 or 3 channels, the data set declares {n}")),
    };
    Ok(Picture { channels, height, width, pixels })
}

/// ITU-R BT.601's luma, 0.299 R + 0.587 G + 0.114 B, in the fixed-point numbers of Pillow's `convert("L")`, which torchvision's
/// `Grayscale` uses.
fn grey(pixels: &[u8]) -> Vec<u8> {
    let luma = |p: &[u8]| {
        let [r, g, b] = [0, 1, 2].map(|c| u32::from(p[c]));
        ((19_595 * r + 38_470 * g + 7_471 * b + 0x8000) >> 16) as u8
    };
    pixels.chunks_exact(3).map(luma).collect()
}

impl Picture {
    /// The shorter side is so long, the longer one in proportion (rounded down, as torchvision).
    fn resized(&self, side: usize) -> Result<Self, String> {
        let (h, w) = (self.height, self.width);
        let (height, width) = if h <= w { (side, side * w / h.max(1)) } else { (side * h / w.max(1), side) };
        if (height, width) == (h, w) {
            return Ok(Self { channels: self.channels, height, width, pixels: self.pixels.clone() });
        }
        if (height * width * self.channels) as u64 > MOST_MEMORY {
            return Err(format!("is {h} × {w} px, and would be {height} × {width} px: no image is as large"));
        }
        let kind = match self.channels {
            1 => PixelType::U8,
            3 => PixelType::U8x3,
            n => return Err(format!("images of {n} channels are not resized")),
        };
        let from = ImageRef::new(w as u32, h as u32, &self.pixels, kind).map_err(|e| e.to_string())?;
        let mut to = Image::new(width as u32, height as u32, kind);
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
        Resizer::new().resize(&from, &mut to, &options).map_err(|e| e.to_string())?;
        Ok(Self { channels: self.channels, height, width, pixels: to.into_vec() })
    }

    /// The middle, as torchvision cuts it: the odd pixel is left over at the bottom and the right.
    fn middle(&self, side: usize) -> Result<Self, String> {
        let (h, w, c) = (self.height, self.width, self.channels);
        if side > h || side > w {
            return Err(format!("is {h} × {w} px: a cut of {side} px does not fit"));
        }
        let half = |n: usize| ((n - side) as f64 / 2.0).round_ties_even() as usize;
        let (top, left) = (half(h), half(w));
        let row = |y: usize| &self.pixels[((top + y) * w + left) * c..((top + y) * w + left + side) * c];
        let pixels = (0..side).flat_map(row).copied().collect();
        Ok(Self { channels: c, height: side, width: side, pixels })
    }
}
