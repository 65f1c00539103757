//! Bitmaps: drawing squares and PNG encoding.

use png::{ColorType, Encoder};

use super::draw::drawing;
use crate::error::Result;

/// A bitmap of RGB pixels.
pub(super) struct Canvas<'a> {
    pub(super) pixels: &'a mut [u8],
    pub(super) width: usize,
    pub(super) scale: u32,
}

impl Canvas<'_> {
    /// Fills a square, given by nominal position and side, with a colour.
    pub(super) fn square(&mut self, (x, y): (u32, u32), side: u32, colour: [u8; 3]) {
        let scaled = |nominal: u32| (nominal * self.scale) as usize;
        let (x, y, side) = (scaled(x), scaled(y), scaled(side));
        for line in y..y + side {
            let begin = 3 * (line * self.width + x);
            let pixels = self.pixels[begin..begin + 3 * side].chunks_exact_mut(3);
            pixels.for_each(|pixel| pixel.copy_from_slice(&colour));
        }
    }
}

/// Encodes RGB pixels as a PNG file, in greyscale if all pixels are grey, as in grids of images.
pub(super) fn encode_rgb(pixels: &[u8], size: (u32, u32)) -> Result<Vec<u8>> {
    if pixels.chunks_exact(3).all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2]) {
        let greys: Vec<u8> = pixels.iter().step_by(3).copied().collect();
        return encode_png(&greys, size, ColorType::Grayscale);
    }
    encode_png(pixels, size, ColorType::Rgb)
}

/// Encodes pixels as a PNG file.
fn encode_png(pixels: &[u8], (width, height): (u32, u32), colour: ColorType) -> Result<Vec<u8>> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, width, height);
    encoder.set_color(colour);
    let mut writer = encoder.write_header().map_err(drawing)?;
    writer.write_image_data(pixels).map_err(drawing)?;
    writer.finish().map_err(drawing)?;
    Ok(file)
}
