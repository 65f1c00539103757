//! Bitmaps: drawing squares, halving and PNG encoding.

use png::{ColorType, Encoder};

use super::draw::drawing;
use crate::error::Result;

/// Halves a bitmap: the mean of each two by two pixels. An odd last line or column is dropped.
pub(super) fn halve(pixels: &[u8], width: usize) -> Vec<u8> {
    let line = 3 * width;
    let mut halved = Vec::with_capacity(pixels.len() / 4);
    for lines in pixels.chunks_exact(2 * line) {
        let (upper, lower) = lines.split_at(line);
        for (upper, lower) in upper.chunks_exact(6).zip(lower.chunks_exact(6)) {
            for colour in 0..3 {
                let of = |pixels: &[u8]| u16::from(pixels[colour]) + u16::from(pixels[colour + 3]);
                halved.push(((of(upper) + of(lower) + 2) / 4) as u8);
            }
        }
    }
    halved
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halving_takes_the_mean_of_four_pixels() {
        let pixels = |greys: &[u8]| greys.iter().flat_map(|&grey| [grey; 3]).collect::<Vec<u8>>();
        // 5 x 3 pixels: the last column and the last line are dropped
        let large = pixels(&[0, 4, 10, 10, 99, 8, 4, 10, 14, 99, 1, 1, 1, 1, 1]);
        assert_eq!(halve(&large, 5), pixels(&[4, 11]));
    }
}
