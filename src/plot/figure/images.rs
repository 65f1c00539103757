//! Figures of images.

use ndarray::ArrayView2;

use super::Figure;
use crate::error::Result;
use crate::images::ImageShape;
use crate::plot::image_grid::ImageGrid;

/// A figure of the rows of `images`, each of `height` lines of `width` pixels. The smallest value is black, the largest
/// white.
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
    let shape = ImageShape::grey(height, width, 0.0, 1.0).spanning(images);
    Ok(Figure::new().panel(ImageGrid::new("", images, shape)?))
}
