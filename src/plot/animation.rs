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
            // the part of the picture that changes
            let (part, mut changed) = cropped(&changed(&last, &pixels), usize::from(width));
            let [left, top, wide, high] = part.map(|length| length as u16);
            let mut frame = Frame::from_rgba_speed(wide, high, &mut changed, SPEED);
            (frame.left, frame.top) = (left, top);
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

/// The smallest part of a picture with all pixels that are not transparent, at least one pixel: its left and upper edge, its width
/// and its height, and its pixels.
fn cropped(rgba: &[u8], width: usize) -> ([usize; 4], Vec<u8>) {
    let visible = || {
        let pixels = rgba.chunks_exact(4).enumerate().filter(|(_, pixel)| pixel[3] > 0);
        pixels.map(|(at, _)| (at % width, at / width))
    };
    let left = visible().map(|(x, _)| x).min().unwrap_or(0);
    let right = visible().map(|(x, _)| x).max().unwrap_or(0);
    let (top, bottom) = (visible().next(), visible().next_back());
    let [top, bottom] = [top, bottom].map(|end| end.map_or(0, |(_, y)| y));
    let line = |y: usize| &rgba[4 * (y * width + left)..4 * (y * width + right + 1)];
    let pixels = (top..=bottom).flat_map(line).copied().collect();
    ([left, top, right + 1 - left, bottom + 1 - top], pixels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_cropped_to_what_is_visible() {
        let mut picture = [0; 4 * 12];
        let visible = |at: usize| [at as u8, 0, 0, 255];
        picture[4 * 6..4 * 7].copy_from_slice(&visible(6));
        picture[4 * 9..4 * 10].copy_from_slice(&visible(9));
        // four pixels wide: the second and third columns, and the second and third lines
        let (part, pixels) = cropped(&picture, 4);
        assert_eq!(part, [1, 1, 2, 2]);
        assert_eq!(pixels, [[0; 4], visible(6), visible(9), [0; 4]].concat());
        assert_eq!(cropped(&[0; 48], 4), ([0, 0, 1, 1], vec![0; 4]));
    }

    #[test]
    fn pixels_that_stay_are_transparent() {
        let (first, second) = ([1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 7]);
        assert_eq!(changed(&[], &first), [1, 2, 3, 255, 4, 5, 6, 255]);
        assert_eq!(changed(&first, &second), [0, 0, 0, 0, 4, 5, 7, 255]);
    }
}
