//! Rows that are written as images.

use std::path::Path;

use mixlab::ImageShape;
use ndarray::ArrayView2;

use crate::output::Usage;

/// The shape of the images that `what` holds.
fn shape(path: &Path, image: Option<ImageShape>, what: &str) -> Result<ImageShape, Usage> {
    image.ok_or_else(|| {
        Usage(format!(
            "{what} is not of images, so {} cannot show its rows; write .csv or .npy",
            path.display()
        ))
    })
}

/// Refuses, before work begins, to write what is not of images, or to a folder that has something in it.
pub fn check(path: &Path, image: Option<ImageShape>, what: &str) -> Result<(), Usage> {
    shape(path, image, what)?;
    let not_empty = std::fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some());
    match not_empty {
        true => Err(Usage(format!(
            "{} is not empty; write images to a folder of their own",
            path.display()
        ))),
        false => Ok(()),
    }
}

/// Writes rows as one picture.
#[cfg(feature = "plot")]
pub fn write_grid(
    path: &Path,
    rows: ArrayView2<'_, f64>,
    image: Option<ImageShape>,
    what: &str,
) -> anyhow::Result<()> {
    use mixlab::plot::{Figure, ImageGrid};

    let grid = ImageGrid::new("", rows, shape(path, image, what)?)?;
    Ok(Figure::new().panel(grid).save(path)?)
}

/// Writes rows as an image each, to a folder of their own.
#[cfg(feature = "images")]
pub fn write(
    folder: &Path,
    rows: ArrayView2<'_, f64>,
    image: Option<ImageShape>,
    what: &str,
) -> anyhow::Result<()> {
    let shape = shape(folder, image, what)?;
    Ok(mixlab::write_images(folder, rows, shape)?)
}

#[cfg(not(feature = "plot"))]
pub fn write_grid(
    path: &Path,
    _: ArrayView2<'_, f64>,
    image: Option<ImageShape>,
    what: &str,
) -> anyhow::Result<()> {
    shape(path, image, what)?;
    needs(path, "plot")
}

#[cfg(not(feature = "images"))]
pub fn write(
    path: &Path,
    _: ArrayView2<'_, f64>,
    image: Option<ImageShape>,
    what: &str,
) -> anyhow::Result<()> {
    shape(path, image, what)?;
    needs(path, "images")
}

#[cfg(not(all(feature = "plot", feature = "images")))]
fn needs(path: &Path, feature: &str) -> anyhow::Result<()> {
    let problem = format!("{} needs a mixlab built with the feature {feature:?}", path.display());
    Err(Usage(problem).into())
}
