//! Animations: sequences of figures, as animated GIF or PNG.

use std::io::Write;
use std::path::Path;

use gif::{DisposalMethod, Encoder, Frame, Repeat};
use png::ColorType;

use super::draw::drawing;
use super::figure::Figure;
use crate::error::{Error, Result};
use crate::files::atomic::write_file;
use crate::files::file_extension;

/// A sequence of figures of one size.
#[derive(Debug, Clone)]
pub struct Animation {
    frames: Vec<Figure>,
    /// Duration of a frame in hundredths of a second.
    delay: u16,
}

/// Duration of the last frame as a multiple of that of the others.
const LAST_FACTOR: u16 = 8;

impl Animation {
    /// An animation of `frames` at `per_second` frames a second.
    pub fn new(frames: impl IntoIterator<Item = Figure>, per_second: u16) -> Self {
        Self { frames: frames.into_iter().collect(), delay: 100 / per_second.clamp(1, 50) }
    }

    /// Number of frames.
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Whether there are no frames.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Duration of a frame in hundredths of a second; the last one is longer.
    fn delay_of(&self, frame: usize) -> u16 {
        if frame + 1 == self.frames.len() { self.delay * LAST_FACTOR } else { self.delay }
    }

    /// Nominal width and height of the frames in pixels.
    pub fn size(&self) -> (u32, u32) {
        self.frames.first().map_or((1, 1), Figure::size)
    }

    /// Renders a GIF file of the nominal size, repeating forever.
    ///
    /// # Errors
    /// [`Error::Drawing`](crate::Error::Drawing).
    pub fn gif(&self) -> Result<Vec<u8>> {
        // lower is slower and of higher quality; charts have few colours
        const SPEED: i32 = 10;
        let (width, height) = self.size();
        let side = |length: u32| u16::try_from(length).map_err(drawing);
        let (width, height) = (side(width)?, side(height)?);
        let mut file = Vec::new();
        let mut encoder = Encoder::new(&mut file, width, height, &[]).map_err(drawing)?;
        encoder.set_repeat(Repeat::Infinite).map_err(drawing)?;
        let mut last = Vec::new();
        for (index, figure) in self.frames.iter().enumerate() {
            let pixels = figure.nominal_pixels()?;
            let mut changed = changed(&last, &pixels);
            let mut frame = Frame::from_rgba_speed(width, height, &mut changed, SPEED);
            frame.delay = self.delay_of(index);
            frame.dispose = DisposalMethod::Keep;
            encoder.write_frame(&frame).map_err(drawing)?;
            last = pixels;
        }
        drop(encoder);
        Ok(file)
    }

    /// Renders an animated PNG file of the nominal size, repeating forever. Viewers without support for animations show the
    /// last frame.
    ///
    /// # Errors
    /// [`Error::Drawing`].
    pub fn png(&self) -> Result<Vec<u8>> {
        let Some(last) = self.frames.last() else {
            return Err(Error::Drawing { problem: "an animation needs at least one frame".into() });
        };
        let (width, height) = self.size();
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, width, height);
        encoder.set_color(ColorType::Rgba);
        encoder.set_compression(png::Compression::High);
        encoder.set_animated(self.frames.len() as u32, 0).map_err(drawing)?;
        encoder.set_sep_def_img(true).map_err(drawing)?;
        let mut writer = encoder.write_header().map_err(drawing)?;
        writer.write_image_data(&changed(&[], &last.nominal_pixels()?)).map_err(drawing)?;
        let mut before = Vec::new();
        for (index, figure) in self.frames.iter().enumerate() {
            let pixels = figure.nominal_pixels()?;
            writer.set_frame_delay(self.delay_of(index), 100).map_err(drawing)?;
            writer.set_blend_op(png::BlendOp::Over).map_err(drawing)?;
            writer.write_image_data(&changed(&before, &pixels)).map_err(drawing)?;
            before = pixels;
        }
        writer.finish().map_err(drawing)?;
        Ok(file)
    }

    /// Writes the animation as GIF or PNG, by the file extension.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] for another extension, [`Error::Drawing`], [`Error::Io`].
    pub fn save(&self, path: &Path) -> Result<()> {
        let bytes = match file_extension(path).as_str() {
            "gif" => self.gif()?,
            "png" => self.png()?,
            _ => {
                let expected = "one that ends in .gif or .png";
                return Err(Error::param("the name of an animation", path.display(), expected));
            }
        };
        write_file(path, |file| file.write_all(&bytes))
    }
}

/// Red, green, blue and opacity of all pixels: those that are as in the frame before are transparent, so that they take no space.
fn changed(before: &[u8], pixels: &[u8]) -> Vec<u8> {
    let mut before = before.chunks_exact(3);
    let pixel = |pixel: &[u8]| match before.next() {
        Some(before) if before == pixel => [0; 4],
        _ => [pixel[0], pixel[1], pixel[2], 255],
    };
    pixels.chunks_exact(3).flat_map(pixel).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_that_stay_are_transparent() {
        let (first, second) = ([1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 7]);
        assert_eq!(changed(&[], &first), [1, 2, 3, 255, 4, 5, 6, 255]);
        assert_eq!(changed(&first, &second), [0, 0, 0, 0, 4, 5, 7, 255]);
    }
}
