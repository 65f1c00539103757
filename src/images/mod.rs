//! Rows that are images.

use ndarray::ArrayView2;

use crate::error::{Error, Result};

/// Shape and range of grey images that are stored as rows, pixel by pixel, line by line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ImageShape {
    /// Pixels from top to bottom.
    pub height: usize,
    /// Pixels from left to right.
    pub width: usize,
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
        let pixels = self.height.checked_mul(self.width);
        if pixels != Some(n_features) {
            return Err(Error::shape(
                "the image shape",
                format!("{n_features} pixels"),
                format!("{} x {}", self.height, self.width),
            ));
        }
        if !(self.low.is_finite() && self.high.is_finite() && self.low < self.high) {
            return Err(Error::param(
                "the image range",
                format!("{} to {}", self.low, self.high),
                "finite, the lower value first",
            ));
        }
        Ok(())
    }

    /// The same size, with black for the smallest and white for the largest of all values.
    pub fn spanning(self, images: ArrayView2<'_, f64>) -> Self {
        let low = images.iter().copied().fold(f64::INFINITY, f64::min);
        let high = images.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Self { low, high, ..self }
    }

    /// The share of white in a pixel, from 0 to 1; values outside of the range are cut off.
    pub fn brightness(&self, value: f64) -> f64 {
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    /// A pixel as a shade of grey, from 0 (black) to 255 (white).
    pub fn grey(&self, value: f64) -> u8 {
        (self.brightness(value) * 255.0).round() as u8
    }
}
