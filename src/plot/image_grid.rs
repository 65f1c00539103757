//! Rows as a grid of grey images.

use ndarray::{Array2, ArrayView2};
use plotters::coord::Shift;
use plotters::prelude::*;

use super::draw::drawing;
use super::figure::{FONT, Figure, INK};
use crate::error::Result;
use crate::images::ImageShape;

/// A panel of images, line by line.
#[derive(Debug, Clone)]
pub struct ImageGrid {
    title: String,
    images: Array2<f64>,
    shape: ImageShape,
    columns: usize,
}

/// Nominal size that a grid fills at most.
const FULL: u32 = 480;
const GAP: u32 = 6;
const MARGIN: u32 = 10;
const TITLE: u32 = 26;

impl ImageGrid {
    /// A grid of the rows of `images`, shape `(n_images, height * width)`, about as wide as high.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`](crate::Error::ShapeMismatch) unless rows have as many values as `shape` has
    /// pixels.
    pub fn new(
        title: impl Into<String>,
        images: ArrayView2<'_, f64>,
        shape: ImageShape,
    ) -> Result<Self> {
        shape.check(images.ncols())?;
        let columns = (images.nrows() as f64).sqrt().ceil() as usize;
        Ok(Self { title: title.into(), images: images.to_owned(), shape, columns: columns.max(1) })
    }

    /// Sets the number of images in a line.
    pub fn columns(mut self, columns: usize) -> Self {
        self.columns = columns.max(1);
        self
    }

    fn lines(&self) -> usize {
        self.images.nrows().div_ceil(self.columns).max(1)
    }

    /// Nominal size of a pixel.
    fn pixel(&self) -> u32 {
        let widest = (self.columns * self.shape.width).max(self.lines() * self.shape.height);
        (FULL / widest as u32).max(1)
    }

    /// Nominal size of the panel.
    pub(super) fn size(&self) -> (u32, u32) {
        let (pixel, title) = (self.pixel(), if self.title.is_empty() { 0 } else { TITLE });
        let width = self.columns as u32 * (self.shape.width as u32 * pixel + GAP);
        let height = self.lines() as u32 * (self.shape.height as u32 * pixel + GAP);
        (width + 2 * MARGIN, height + 2 * MARGIN + title)
    }

    pub(super) fn draw<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Shift>,
        scale: u32,
    ) -> Result<()> {
        let top = if self.title.is_empty() { MARGIN } else { MARGIN + TITLE };
        if !self.title.is_empty() {
            let style = TextStyle::from((FONT, 14 * scale).into_font()).color(&INK);
            let at = ((MARGIN * scale) as i32, (MARGIN * scale) as i32);
            area.draw(&Text::new(self.title.clone(), at, style)).map_err(drawing)?;
        }
        let pixel = self.pixel();
        let ImageShape { height, width, .. } = self.shape;
        for (index, image) in self.images.rows().into_iter().enumerate() {
            let left = MARGIN + (index % self.columns) as u32 * (width as u32 * pixel + GAP);
            let upper = top + (index / self.columns) as u32 * (height as u32 * pixel + GAP);
            for (at, &value) in image.iter().enumerate() {
                let x = ((left + (at % width) as u32 * pixel) * scale) as i32;
                let y = ((upper + (at / width) as u32 * pixel) * scale) as i32;
                let side = (pixel * scale) as i32;
                let grey = (self.shape.brightness(value) * 255.0).round() as u8;
                let square = Rectangle::new(
                    [(x, y), (x + side, y + side)],
                    RGBColor(grey, grey, grey).filled(),
                );
                area.draw(&square).map_err(drawing)?;
            }
        }
        Ok(())
    }
}

/// A figure of the rows of `images`, each `height` lines of `width` pixels; black is the smallest value
/// of all, white the largest.
///
/// # Errors
/// As [`ImageGrid::new`]; [`Error::InvalidParam`](crate::Error::InvalidParam) if all values are equal.
///
/// # Examples
/// ```
/// use mixlab::plot::image_grid;
/// use mixlab::prelude::*;
/// use ndarray::s;
///
/// let digits = datasets::digits();
/// let figure = image_grid(digits.records.slice(s![..100, ..]), 8, 8)?;
/// assert_eq!(&figure.png()?[1..4], b"PNG");
/// # Ok::<(), mixlab::Error>(())
/// ```
pub fn image_grid(images: ArrayView2<'_, f64>, height: usize, width: usize) -> Result<Figure> {
    let low = images.iter().copied().fold(f64::INFINITY, f64::min);
    let high = images.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let shape = ImageShape { height, width, low, high };
    Ok(Figure::new().panel(ImageGrid::new("", images, shape)?))
}
