//! Figures as bitmaps.

use plotters::prelude::*;

use super::Figure;
use crate::error::{Error, Result};
use crate::plot::raster::{Canvas, encode_rgb, halve};

/// PNG pixels per nominal pixel, along each side.
const PNG_SCALE: u32 = 2;

/// Maximum size of a picture in memory, in bytes.
const MAX_BYTES: u64 = 1 << 30;

impl Figure {
    /// Renders a PNG file, at twice the nominal size.
    ///
    /// # Errors
    /// [`Error::Drawing`].
    pub fn png(&self) -> Result<Vec<u8>> {
        let (width, height) = self.size();
        let pixels = self.pixels(PNG_SCALE)?;
        encode_rgb(&pixels, (width * PNG_SCALE, height * PNG_SCALE))
    }

    /// Renders a PNG file for display at one screen pixel per pixel: one and a half times the nominal size, or the nominal
    /// size if the figure has images, whose pixels must stay square. The figure is drawn at twice that size and halved.
    ///
    /// # Errors
    /// [`Error::Drawing`].
    pub fn page_png(&self) -> Result<Vec<u8>> {
        let scale = if self.image_grids().next().is_some() { 2 } else { 3 };
        let (width, height) = self.size();
        let (width, height) = (width * scale, height * scale);
        let halved = halve(&self.pixels(scale)?, width as usize);
        encode_rgb(&halved, (width / 2, height / 2))
    }

    /// RGB values of all pixels, line by line, at `scale` times the nominal size.
    pub(in crate::plot) fn pixels(&self, scale: u32) -> Result<Vec<u8>> {
        let (width, height) = self.size();
        let (width, height) = (width.saturating_mul(scale), height.saturating_mul(scale));
        let n_bytes = u64::from(width) * u64::from(height) * 3;
        if n_bytes > MAX_BYTES {
            let problem = format!("{width} x {height} pixels are too many; draw fewer images");
            return Err(Error::Drawing { problem });
        }
        let mut pixels = vec![0; n_bytes as usize];
        let bitmap = BitMapBackend::with_buffer(&mut pixels, (width, height));
        self.draw(&bitmap.into_drawing_area(), scale)?;
        let mut canvas = Canvas { pixels: &mut pixels, width: width as usize, scale };
        for (grid, origin) in self.image_grids() {
            grid.paint(&mut canvas, origin);
        }
        Ok(pixels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::chart::Chart;
    use crate::plot::figure::layout::CHART;

    #[test]
    fn a_picture_for_a_page_is_one_and_a_half_times_the_nominal_size() {
        let png = Figure::new().panel(Chart::new("", "", "")).page_png().unwrap();
        let side = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
        assert_eq!((side(16), side(20)), (CHART.0 * 3 / 2, CHART.1 * 3 / 2));
    }
}
