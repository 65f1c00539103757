//! Figures as PNG.

use super::Figure;
use crate::error::Result;
use crate::plot::drawing::Bitmap;
use crate::plot::png::encode_rgb;

/// Pixels of a PNG file per nominal pixel, along each side; on a page, and on a page with images.
const PNG: f64 = 2.0;
const PAGE: f64 = 1.5;
const PAGE_OF_IMAGES: f64 = 1.0;

impl Figure {
    /// Renders a PNG file, at twice the nominal size.
    ///
    /// # Errors
    /// [`Error::Drawing`](crate::Error::Drawing).
    pub fn png(&self) -> Result<Vec<u8>> {
        self.encoded(PNG)
    }

    /// Renders a PNG file for display at one screen pixel per pixel: one and a half times the nominal size, or the nominal
    /// size if the figure has images, whose pixels must stay square.
    ///
    /// # Errors
    /// [`Error::Drawing`](crate::Error::Drawing).
    pub fn page_png(&self) -> Result<Vec<u8>> {
        self.encoded(if self.has_images() { PAGE_OF_IMAGES } else { PAGE })
    }

    fn encoded(&self, scale: f64) -> Result<Vec<u8>> {
        let Bitmap { width, height, rgb } = self.drawing()?.bitmap(scale)?;
        encode_rgb(&rgb, (width, height))
    }

    /// RGB values of all pixels, line by line, of the figure at its nominal size.
    pub(in crate::plot) fn nominal_pixels(&self) -> Result<Vec<u8>> {
        Ok(self.drawing()?.bitmap(1.0)?.rgb)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::chart::Chart;

    #[test]
    fn a_picture_for_a_page_is_one_and_a_half_times_the_nominal_size() {
        let figure = Figure::new().panel(Chart::new("title", "", ""));
        let png = figure.page_png().unwrap();
        let side = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
        assert_eq!(figure.size(), (440, 360));
        assert_eq!((side(16), side(20)), (660, 540));
    }
}
