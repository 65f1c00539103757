//! Writing of rows as image files.

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use image::{ExtendedColorType, ImageFormat};
use ndarray::{ArrayView1, ArrayView2};
use rayon::prelude::*;

use super::decode::problem;
use crate::error::{Error, Result};
use crate::files::atomic::write_file;
use crate::images::ImageShape;

/// Writes each row as an image `1.png`, `2.png`, ... to a folder, which is created if it does not exist.
///
/// Numbers are padded with zeros to equal length.
///
/// # Errors
/// [`Error::ShapeMismatch`] unless rows are images of this shape; [`Error::Io`].
pub fn write_images(folder: &Path, rows: ArrayView2<'_, f64>, shape: ImageShape) -> Result<()> {
    shape.check(rows.ncols())?;
    fs::create_dir_all(folder).map_err(|source| Error::io(folder, source))?;
    let digits = rows.nrows().to_string().len();
    let rows: Vec<_> = rows.rows().into_iter().enumerate().collect();
    rows.into_par_iter().try_for_each(|(index, row)| {
        write_png(&folder.join(format!("{:0digits$}.png", index + 1)), row, shape)
    })
}

/// Writes a row as one PNG image.
///
/// # Errors
/// [`Error::ShapeMismatch`] unless the row is an image of this shape; [`Error::Io`].
pub fn write_image(path: &Path, row: ArrayView1<'_, f64>, shape: ImageShape) -> Result<()> {
    shape.check(row.len())?;
    write_png(path, row, shape)
}

fn write_png(path: &Path, row: ArrayView1<'_, f64>, shape: ImageShape) -> Result<()> {
    let pixels: Vec<f64> = row.to_vec();
    let colours = pixels.chunks_exact(shape.channels).map(|pixel| shape.colour(pixel));
    let (bytes, colour): (Vec<u8>, _) = match shape.channels {
        1 => (colours.map(|[grey, ..]| grey).collect(), ExtendedColorType::L8),
        _ => (colours.flatten().collect(), ExtendedColorType::Rgb8),
    };
    let mut png = Cursor::new(Vec::new());
    let (width, height) = (shape.width as u32, shape.height as u32);
    let format = ImageFormat::Png;
    image::write_buffer_with_format(&mut png, &bytes, width, height, colour, format)
        .map_err(|error| problem(path, error))?;
    write_file(path, |file| file.write_all(png.get_ref()))
}
