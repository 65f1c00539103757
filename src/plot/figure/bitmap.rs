//! Figures as bitmaps.

use plotters::prelude::IntoDrawingArea;

use super::Figure;
use crate::error::{Error, Result};
use crate::plot::painter::{Bitmap, POSITIONS};
use crate::plot::raster::{Canvas, encode_rgb};

/// Half pixels of a PNG file per nominal pixel, along each side; on a page, and on a page with images.
const PNG: u32 = 4;
const PAGE: u32 = 3;
const PAGE_OF_IMAGES: u32 = 2;

/// Maximum size of a picture in memory, in bytes.
const MAX_BYTES: u64 = 1 << 30;

impl Figure {
    /// Renders a PNG file, at twice the nominal size.
    ///
    /// # Errors
    /// [`Error::Drawing`].
    pub fn png(&self) -> Result<Vec<u8>> {
        let (pixels, size) = self.pixels(PNG)?;
        encode_rgb(&pixels, size)
    }

    /// Renders a PNG file for display at one screen pixel per pixel: one and a half times the nominal size, or the nominal
    /// size if the figure has images, whose pixels must stay square.
    ///
    /// # Errors
    /// [`Error::Drawing`].
    pub fn page_png(&self) -> Result<Vec<u8>> {
        let has_images = self.image_grids().next().is_some();
        let (pixels, size) = self.pixels(if has_images { PAGE_OF_IMAGES } else { PAGE })?;
        encode_rgb(&pixels, size)
    }

    /// RGB values of all pixels, line by line, of the figure at its nominal size.
    pub(in crate::plot) fn nominal_pixels(&self) -> Result<Vec<u8>> {
        Ok(self.pixels(PAGE_OF_IMAGES)?.0)
    }

    /// RGB values of all pixels, line by line, and width and height of the figure at `halves` half pixels per nominal pixel.
    fn pixels(&self, halves: u32) -> Result<(Vec<u8>, (u32, u32))> {
        let (width, height) = self.size();
        let scaled = |side: u32| side.saturating_mul(halves) / 2;
        let (width, height) = (scaled(width), scaled(height));
        let n_bytes = u64::from(width) * u64::from(height) * 4;
        let bitmap = if n_bytes > MAX_BYTES { None } else { Bitmap::new(width, height) };
        let mut bitmap = bitmap.ok_or_else(|| {
            let problem = format!("{width} x {height} pixels are too many; draw fewer images");
            Error::Drawing { problem }
        })?;
        self.draw(&bitmap.painter().into_drawing_area(), POSITIONS * halves / 2)?;
        let mut pixels = bitmap.into_rgb();
        let scale = halves / 2;
        let mut canvas = Canvas { pixels: &mut pixels, width: width as usize, scale };
        for (grid, origin) in self.image_grids() {
            grid.paint(&mut canvas, origin);
        }
        Ok((pixels, (width, height)))
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
