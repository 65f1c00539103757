//! Grids of images, one for each row.

use std::fmt::{self, Formatter};

use ndarray::{Array2, ArrayView1, ArrayView2};

use super::drawing::{Align, Drawing, Pixels, Point, Shape};
use super::font::{TICK, TITLE};
use crate::error::{Error, Result};
use crate::images::ImageShape;

/// A panel of images in a grid.
#[derive(Clone)]
pub struct ImageGrid {
    title: String,
    images: Array2<f64>,
    captions: Vec<String>,
    headings: Vec<String>,
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
const TITLE_ROOM: u32 = 26;
/// Height of a caption below an image, and of a heading.
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
            headings: Vec::new(),
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

    /// Sets a short heading above each column of images; surplus headings are left out.
    pub fn headings(mut self, headings: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.headings = headings.into_iter().map(Into::into).collect();
        self
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
        let title = if self.title.is_empty() { 0 } else { TITLE_ROOM };
        MARGIN + title + if self.headings.is_empty() { 0 } else { CAPTION }
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

    /// Draws the panel with its upper left corner at `origin`.
    pub(super) fn draw(&self, drawing: &mut Drawing, origin: Point) {
        let place = |x: f64, baseline: f64| (origin.0 + x, origin.1 + baseline);
        let title_at = place(f64::from(MARGIN), f64::from(MARGIN) + 0.8 * TITLE);
        drawing.text(self.title.as_str(), title_at, TITLE, Align::Left);
        let (width, height) = self.image_size();
        for (heading, ((left, upper), _)) in
            self.headings.iter().take(self.columns).zip(self.placed())
        {
            let middle = f64::from(left) + 0.5 * f64::from(width);
            drawing.text(
                heading.as_str(),
                place(middle, f64::from(upper) - 5.0),
                TICK,
                Align::Centre,
            );
        }
        for (caption, ((left, upper), _)) in self.captions.iter().zip(self.placed()) {
            let at = place(f64::from(left + 1), f64::from(upper + height) + TICK);
            drawing.text(caption.as_str(), at, TICK, Align::Left);
        }
        for ((left, upper), image) in self.placed() {
            drawing.push(Shape::Pixels(Pixels {
                corner: (origin.0 + f64::from(left), origin.1 + f64::from(upper)),
                side: f64::from(self.pixel()),
                width: self.shape.width,
                height: self.shape.height,
                rgb: self.colours(image).flatten().collect(),
            }));
        }
    }

    /// RGB values of the pixels of an image.
    fn colours(&self, image: ArrayView1<'_, f64>) -> impl Iterator<Item = [u8; 3]> {
        let values = image.to_vec();
        let pixels = 0..self.shape.height * self.shape.width;
        let channels = self.shape.channels;
        pixels.map(move |at| self.shape.colour(&values[at * channels..(at + 1) * channels]))
    }
}
