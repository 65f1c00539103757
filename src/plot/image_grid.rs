//! Grids of images, one for each row.

use std::fmt::{self, Formatter};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ndarray::{Array2, ArrayView1, ArrayView2};
use plotters::coord::Shift;
use plotters::prelude::*;

use super::draw::drawing;
use super::font::{FONT, INK};
use super::raster::{Canvas, encode_rgb};
use crate::error::{Error, Result};
use crate::images::ImageShape;

/// A panel of images in a grid.
#[derive(Clone)]
pub struct ImageGrid {
    title: String,
    images: Array2<f64>,
    captions: Vec<String>,
    shape: ImageShape,
    columns: usize,
}

impl fmt::Debug for ImageGrid {
    /// Formats the title only: a grid has thousands of pixels.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImageGrid").field("title", &self.title).finish_non_exhaustive()
    }
}

/// Largest nominal side of a grid, unless its images have more pixels.
const MAX_SIDE: u32 = 480;
const GAP: u32 = 6;
const MARGIN: u32 = 10;
const TITLE: u32 = 26;
/// Height of a caption below an image.
const CAPTION: u32 = 16;

impl ImageGrid {
    /// A grid of the rows of `images`, shape `(n_images, height * width * channels)`, with about as many columns as lines.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] unless rows have as many values as `shape` has pixels.
    pub fn new(
        title: impl Into<String>,
        images: ArrayView2<'_, f64>,
        shape: ImageShape,
    ) -> Result<Self> {
        shape.check(images.ncols())?;
        let columns = (images.nrows() as f64).sqrt().ceil() as usize;
        Ok(Self {
            title: title.into(),
            images: images.to_owned(),
            captions: Vec::new(),
            shape,
            columns: columns.max(1),
        })
    }

    /// Sets the number of images per line.
    pub fn columns(mut self, columns: usize) -> Self {
        self.columns = columns.max(1);
        self
    }

    /// Sets a short caption below each image.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] unless there are as many captions as images.
    pub fn captions(mut self, captions: impl IntoIterator<Item = String>) -> Result<Self> {
        self.captions = captions.into_iter().collect();
        if self.captions.len() != self.images.nrows() {
            return Err(Error::shape("captions", self.images.nrows(), self.captions.len()));
        }
        Ok(self)
    }

    fn lines(&self) -> usize {
        self.images.nrows().div_ceil(self.columns).max(1)
    }

    /// Nominal side of a pixel.
    fn pixel(&self) -> u32 {
        let widest = (self.columns * self.shape.width).max(self.lines() * self.shape.height);
        (MAX_SIDE / widest as u32).max(1)
    }

    /// Nominal width and height of an image.
    fn image_size(&self) -> (u32, u32) {
        let pixel = self.pixel();
        (self.shape.width as u32 * pixel, self.shape.height as u32 * pixel)
    }

    /// Nominal height of the area above the images.
    fn top(&self) -> u32 {
        if self.title.is_empty() { MARGIN } else { MARGIN + TITLE }
    }

    /// Nominal horizontal and vertical distance from one image to the next.
    fn steps(&self) -> (u32, u32) {
        let (width, height) = self.image_size();
        let caption = if self.captions.is_empty() { 0 } else { CAPTION };
        (width + GAP, height + caption + GAP)
    }

    /// Nominal size of the panel.
    pub(super) fn size(&self) -> (u32, u32) {
        let (across, down) = self.steps();
        let images = (self.columns as u32 * across, self.lines() as u32 * down);
        (images.0 + 2 * MARGIN, images.1 + MARGIN + self.top())
    }

    /// The images with the nominal positions of their upper left corners.
    fn placed(&self) -> impl Iterator<Item = ((u32, u32), ArrayView1<'_, f64>)> {
        let (across, down) = self.steps();
        self.images.rows().into_iter().enumerate().map(move |(index, image)| {
            let (line, column) = (index / self.columns, index % self.columns);
            ((MARGIN + column as u32 * across, self.top() + line as u32 * down), image)
        })
    }

    /// Draws the title and the captions.
    pub(super) fn draw_text<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Shift>,
        scale: u32,
    ) -> Result<()> {
        let write = |text: &str, size: u32, (x, y): (u32, u32)| {
            let style = TextStyle::from((FONT, size * scale).into_font()).color(&INK);
            let at = ((x * scale) as i32, (y * scale) as i32);
            area.draw(&Text::new(text.to_owned(), at, style)).map_err(drawing)
        };
        if !self.title.is_empty() {
            write(&self.title, 14, (MARGIN, MARGIN))?;
        }
        let (_, height) = self.image_size();
        for (caption, ((left, upper), _)) in self.captions.iter().zip(self.placed()) {
            write(caption, 11, (left + 1, upper + height + 2))?;
        }
        Ok(())
    }

    /// RGB values of the pixels of an image.
    fn colours(&self, image: ArrayView1<'_, f64>) -> impl Iterator<Item = [u8; 3]> {
        let values = image.to_vec();
        let pixels = 0..self.shape.height * self.shape.width;
        let channels = self.shape.channels;
        pixels.map(move |at| self.shape.colour(&values[at * channels..(at + 1) * channels]))
    }

    /// Paints the images on a bitmap; `origin` is the nominal position of the panel.
    pub(super) fn paint(&self, canvas: &mut Canvas<'_>, origin: (u32, u32)) {
        let side = self.pixel();
        for ((left, upper), image) in self.placed() {
            for (at, colour) in self.colours(image).enumerate() {
                let (line, column) = (at / self.shape.width, at % self.shape.width);
                let x = origin.0 + left + column as u32 * side;
                let y = origin.1 + upper + line as u32 * side;
                canvas.square((x, y), side, colour);
            }
        }
    }

    /// The images as SVG elements, with the panel at `origin`. Each is an embedded PNG, a hundredth of the size of one
    /// rectangle per pixel.
    pub(super) fn svg(&self, origin: (u32, u32)) -> Result<String> {
        let (width, height) = self.image_size();
        let mut elements = String::new();
        for ((left, upper), image) in self.placed() {
            let pixels: Vec<u8> = self.colours(image).flatten().collect();
            let size = (self.shape.width as u32, self.shape.height as u32);
            let png = STANDARD.encode(encode_rgb(&pixels, size)?);
            let (x, y) = (origin.0 + left, origin.1 + upper);
            elements += &format!(
                "<image x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" \
                 style=\"image-rendering:pixelated\" href=\"data:image/png;base64,{png}\"/>\n"
            );
        }
        Ok(elements)
    }
}
