//! PNG encoding.

use png::{ColorType, Encoder};

use super::draw::drawing;
use crate::error::Result;

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
    encoder.set_compression(png::Compression::High);
    let mut writer = encoder.write_header().map_err(drawing)?;
    writer.write_image_data(pixels).map_err(drawing)?;
    writer.finish().map_err(drawing)?;
    Ok(file)
}
