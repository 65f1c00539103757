//! Images as rows of data.

#[cfg(feature = "images")]
mod files;
#[cfg(feature = "images")]
mod matching;

use ndarray::ArrayView2;

use crate::error::{Error, Result};
use crate::rows::summaries::extent;

#[cfg(feature = "images")]
pub use files::{ImageReader, ImageSet, write_image, write_images};

/// Shape and range of images that are stored as rows: line by line, pixel by pixel, and with three values per pixel, red,
/// green and blue, in colour images.
///
/// This is the order of a NumPy array `(height, width)` or `(height, width, 3)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ImageShape {
    /// Number of lines of pixels.
    pub height: usize,
    /// Number of pixels in a line.
    pub width: usize,
    /// Number of values per pixel: 1 in grey, 3 in colour images.
    pub channels: usize,
    /// The value of black.
    pub low: f64,
    /// The value of white.
    pub high: f64,
}

impl ImageShape {
    /// Checks that rows of `n_features` values are images of this shape.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`], or [`Error::InvalidParam`] if the range is empty.
    pub fn check(&self, n_features: usize) -> Result<()> {
        if !matches!(self.channels, 1 | 3) {
            return Err(Error::param("channels", self.channels, "1 for grey or 3 for colour"));
        }
        let pixels = self.height.checked_mul(self.width);
        if pixels.and_then(|pixels| pixels.checked_mul(self.channels)) != Some(n_features) {
            return Err(Error::shape(
                "the image shape",
                format!("{n_features} values"),
                self.size(),
            ));
        }
        if !(self.low.is_finite() && self.high.is_finite() && self.low < self.high) {
            return Err(Error::param(
                "the image range",
                format!("{} to {}", self.low, self.high),
                "finite, with the lower value first",
            ));
        }
        Ok(())
    }

    /// Shape of grey images of `height` by `width` pixels with these values of black and white.
    pub const fn grey(height: usize, width: usize, low: f64, high: f64) -> Self {
        Self { height, width, channels: 1, low, high }
    }

    /// The size as text: `64 x 64`, or `64 x 64 x 3` in colour.
    pub fn size(&self) -> String {
        let colour = if self.channels == 3 { " x 3" } else { "" };
        format!("{} x {}{colour}", self.height, self.width)
    }

    /// Names of the values of a row: `pixel_0_1`, or `pixel_0_1_red`, for the second pixel of the first line.
    pub fn pixel_names(&self) -> Vec<String> {
        let colours: &[&str] =
            if self.channels == 3 { &["_red", "_green", "_blue"] } else { &[""] };
        let pixels = (0..self.height).flat_map(|i| (0..self.width).map(move |j| (i, j)));
        let names =
            pixels.flat_map(|(i, j)| colours.iter().map(move |c| format!("pixel_{i}_{j}{c}")));
        names.collect()
    }

    /// The same size with another range: black is the smallest and white the largest of all values.
    pub fn spanning(self, images: ArrayView2<'_, f64>) -> Self {
        let (low, high) = extent(images);
        Self { low, high, ..self }
    }

    /// The same size with the range that holds values from `low` to `high`: 0 to 1, 0 to 255 or 0 to 65535 if the values fill
    /// more than half of it, as the pixels of image files do; otherwise the range of the values.
    pub(crate) fn holding(self, (low, high): (f64, f64)) -> Self {
        let usual = [1.0, 255.0, 65535.0];
        let white = usual.into_iter().find(|&white| low >= 0.0 && high <= white);
        match white.filter(|white| high > white / 2.0) {
            Some(white) => Self { low: 0.0, high: white, ..self },
            None => Self { low, high, ..self },
        }
    }

    /// Red, green and blue of a pixel of `channels` values, from 0 to 255; values outside the range are clipped.
    pub fn colour(&self, pixel: &[f64]) -> [u8; 3] {
        let white = |value: f64| ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        let shade = |value: f64| (white(value) * 255.0).round() as u8;
        match *pixel {
            [red, green, blue] => [shade(red), shade(green), shade(blue)],
            _ => [shade(pixel.first().copied().unwrap_or(self.low)); 3],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_those_of_image_files_or_of_the_values() {
        let range = |low, high| {
            let shape = ImageShape::grey(2, 2, 0.0, 1.0).holding((low, high));
            (shape.low, shape.high)
        };
        assert_eq!(range(3.0, 251.0), (0.0, 255.0));
        assert_eq!(range(0.1, 0.9), (0.0, 1.0));
        assert_eq!(range(0.0, 4095.0), (0.0, 4095.0));
        assert_eq!(range(0.0, 60000.0), (0.0, 65535.0));
        assert_eq!(range(0.0, 16.0), (0.0, 16.0));
        assert_eq!(range(-1.0, 1.0), (-1.0, 1.0));
    }

    #[test]
    fn colours_of_pixels_are_clipped_to_the_range() {
        let grey = ImageShape::grey(1, 2, 0.0, 16.0);
        assert_eq!(grey.colour(&[8.0]), [128; 3]);
        assert_eq!(grey.colour(&[-1.0]), [0; 3]);
        let colour = ImageShape { channels: 3, ..grey };
        assert_eq!(colour.colour(&[0.0, 16.0, 99.0]), [0, 255, 255]);
        assert!(colour.check(6).is_ok() && colour.check(2).is_err() && grey.check(2).is_ok());
        assert!(ImageShape { channels: 2, ..grey }.check(4).is_err());
    }
}
