//! Output of rows as images.

use std::path::Path;

use mixlab::ImageShape;
#[cfg(feature = "plot")]
use mixlab::plot::{Figure, ImageGrid};
use ndarray::{ArrayView1, ArrayView2};

use crate::output::Usage;

/// Returns the shape of the images that `what` holds, if they can be written to a path: a folder must be empty.
pub fn check(path: &Path, image: Option<ImageShape>, what: &str) -> Result<ImageShape, Usage> {
    let Some(shape) = image else {
        return Err(Usage(format!(
            "{what} is not of images, so its rows cannot be written to {}; write .csv or .npy",
            path.display()
        )));
    };
    let not_empty = std::fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some());
    if not_empty {
        return Err(Usage(format!(
            "{} is not empty; write images to an empty folder",
            path.display()
        )));
    }
    Ok(shape)
}

/// Whether an output path is that of a single picture.
#[cfg(feature = "plot")]
pub fn is_picture(path: &Path) -> bool {
    Figure::check_name(path).is_ok()
}

#[cfg(not(feature = "plot"))]
pub fn is_picture(path: &Path) -> bool {
    ["png", "svg", "pdf"].contains(&mixlab::file_extension(path).as_str())
}

/// Writes rows as one picture, a grid of images.
#[cfg(feature = "plot")]
pub fn write_grid(path: &Path, rows: ArrayView2<'_, f64>, shape: ImageShape) -> anyhow::Result<()> {
    Ok(Figure::new().panel(ImageGrid::new("", rows, shape)?).save(path)?)
}

#[cfg(not(feature = "plot"))]
pub fn write_grid(path: &Path, _: ArrayView2<'_, f64>, _: ImageShape) -> anyhow::Result<()> {
    needs(path, "plot")
}

/// Writes each row as an image to a folder.
#[cfg(feature = "images")]
pub fn write(folder: &Path, rows: ArrayView2<'_, f64>, shape: ImageShape) -> anyhow::Result<()> {
    Ok(mixlab::write_images(folder, rows, shape)?)
}

#[cfg(not(feature = "images"))]
pub fn write(path: &Path, _: ArrayView2<'_, f64>, _: ImageShape) -> anyhow::Result<()> {
    needs(path, "images")
}

/// Writes a row as one image.
#[cfg(feature = "images")]
pub fn write_one(path: &Path, row: ArrayView1<'_, f64>, shape: ImageShape) -> anyhow::Result<()> {
    Ok(mixlab::write_image(path, row, shape)?)
}

#[cfg(not(feature = "images"))]
pub fn write_one(path: &Path, _: ArrayView1<'_, f64>, _: ImageShape) -> anyhow::Result<()> {
    needs(path, "images")
}

#[cfg(not(all(feature = "plot", feature = "images")))]
fn needs(path: &Path, feature: &str) -> anyhow::Result<()> {
    let problem = format!("{} needs a mixlab built with the feature {feature:?}", path.display());
    Err(Usage(problem).into())
}
