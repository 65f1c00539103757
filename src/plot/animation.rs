//! Figures one after another, as an animated GIF.

use gif::{Encoder, Frame, Repeat};

use super::draw::drawing;
use super::figure::Figure;
use crate::error::Result;

/// Figures of one size that follow one another.
#[derive(Debug, Clone)]
pub struct Animation {
    frames: Vec<Figure>,
    /// Hundredths of a second that a frame stands.
    delay: u16,
}

/// How much longer the last frame stands, before the animation begins again.
const LAST: u16 = 8;

impl Animation {
    /// An animation of `frames` at `per_second` frames a second.
    pub fn new(frames: impl IntoIterator<Item = Figure>, per_second: u16) -> Self {
        Self { frames: frames.into_iter().collect(), delay: 100 / per_second.clamp(1, 50) }
    }

    /// Nominal size of the frames.
    pub fn size(&self) -> (u32, u32) {
        self.frames.first().map_or((1, 1), Figure::size)
    }

    /// The animation as a GIF file, of the nominal size, repeating forever.
    ///
    /// # Errors
    /// [`Error::Drawing`](crate::Error::Drawing).
    pub fn gif(&self) -> Result<Vec<u8>> {
        // slower is finer; charts have few colours
        const SPEED: i32 = 10;
        let (width, height) = self.size();
        let side = |length: u32| u16::try_from(length).map_err(drawing);
        let (width, height) = (side(width)?, side(height)?);
        let mut file = Vec::new();
        let mut encoder = Encoder::new(&mut file, width, height, &[]).map_err(drawing)?;
        encoder.set_repeat(Repeat::Infinite).map_err(drawing)?;
        for (index, figure) in self.frames.iter().enumerate() {
            let pixels = figure.pixels(1)?;
            let mut frame = Frame::from_rgb_speed(width, height, &pixels, SPEED);
            let is_last = index + 1 == self.frames.len();
            frame.delay = if is_last { self.delay * LAST } else { self.delay };
            encoder.write_frame(&frame).map_err(drawing)?;
        }
        drop(encoder);
        Ok(file)
    }
}
