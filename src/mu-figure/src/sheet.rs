//! Images beside each other, as one PNG.

/// Images of one size, in rows.
pub(crate) struct Sheet {
    /// The side of an image, px.
    pub(crate) side: usize,
    /// 1 for grey, 3 for colour.
    pub(crate) channels: usize,
    /// Images in a row.
    pub(crate) columns: usize,
    /// White pixels after each image, to the right and below.
    pub(crate) gap: usize,
}

impl Sheet {
    /// A PNG of some images, each of bytes [channels, side, side].
    pub(crate) fn png<'i>(&self, images: impl ExactSizeIterator<Item = &'i [u8]>) -> Option<Vec<u8>> {
        let Self { side, channels, columns, gap } = *self;
        let cell = side + gap;
        let rows = images.len().div_ceil(columns.max(1));
        let (width, height) = (columns * cell, rows * cell);
        let mut pixels = vec![255u8; width * height * 3];
        for (at, image) in images.enumerate() {
            let (left, top) = (at % columns * cell, at / columns * cell);
            for y in 0..side {
                for x in 0..side {
                    for c in 0..3 {
                        let from = c.min(channels.checked_sub(1)?) * side * side + y * side + x;
                        pixels[((top + y) * width + left + x) * 3 + c] = *image.get(from)?;
                    }
                }
            }
        }
        let mut bytes = Vec::new();
        let (width, height) = (u32::try_from(width).ok()?, u32::try_from(height).ok()?);
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(png::ColorType::Rgb);
        let mut writer = encoder.write_header().ok()?;
        writer.write_image_data(&pixels).ok()?;
        writer.finish().ok()?;
        Some(bytes)
    }
}
