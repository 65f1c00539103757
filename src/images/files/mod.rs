//! Reading and writing of image files.

mod decode;
mod find;
mod jpeg;
#[cfg(test)]
mod tests;
mod write;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use ndarray::Array2;
use rayon::prelude::*;

use self::decode::{Pixels, decode, size_of};
use super::ImageShape;
use crate::compute::memory::MemoryBudget;
use crate::compute::progress::{Progress, Task, Unit};
use crate::error::{ImageError, Result};

pub use write::{write_image, write_images};

/// Images as rows, with their file names.
#[derive(Debug, Clone)]
pub struct ImageSet {
    /// One row per image, with values from 0 (black) to 1 (white).
    pub records: Array2<f64>,
    /// Shape of all images.
    pub shape: ImageShape,
    /// File names, in the order of the rows.
    pub names: Vec<String>,
}

/// Reads image files as rows.
///
/// PNG, JPEG, GIF (its first frame), BMP and the portable formats (PGM, PPM, PBM, PAM) with 8 or 16 bits are read;
/// images are turned as their files say (Exif), and transparent pixels are blended with white. If every pixel of all images is grey, rows have one value per pixel, otherwise
/// three.
///
/// # Examples
/// ```
/// use mixlab::{ImageReader, datasets, write_images};
///
/// let folder = std::env::temp_dir().join("mixlab-doc-digits");
/// let digits = datasets::digits().records;
/// write_images(&folder, digits.select(ndarray::Axis(0), &[0, 1, 2]).view(), datasets::DIGIT)?;
/// let images = ImageReader::new().read(&ImageReader::files(&folder)?, &|_, _| {})?;
/// assert_eq!(images.records.dim(), (3, 64));
/// assert_eq!(images.names, ["1.png", "2.png", "3.png"]);
/// # std::fs::remove_dir_all(folder).unwrap();
/// # Ok::<(), mixlab::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct ImageReader {
    size: Option<(u32, u32)>,
    grey: bool,
    budget: MemoryBudget,
}

/// Maximum number of bytes per pixel while an image is read, and afterwards.
const PEAK_PIXEL_BYTES: u64 = 48;
const PIXEL_BYTES: u64 = 48;

impl ImageReader {
    /// A reader of images of one size.
    pub fn new() -> Self {
        Self::default()
    }

    /// Resizes images to `width` by `height` pixels.
    pub fn resize(mut self, width: u32, height: u32) -> Self {
        self.size = Some((width, height));
        self
    }

    /// Converts colours to grey: 0.2126 red + 0.7152 green + 0.0722 blue (Rec. 709).
    pub fn grey(mut self, grey: bool) -> Self {
        self.grey = grey;
        self
    }

    /// Sets the memory budget for reading [default: what the system has available].
    pub fn memory_budget(mut self, budget: MemoryBudget) -> Self {
        self.budget = budget;
        self
    }

    /// Reads images and reports the number read to `observer`.
    ///
    /// # Errors
    /// [`ImageError`] for a file that cannot be read and for images of different sizes,
    /// [`Error::TooLarge`](crate::Error::TooLarge).
    pub fn read(&self, files: &[PathBuf], observer: &dyn Progress) -> Result<ImageSet> {
        let Some(first) = files.first() else {
            return Err(ImageError::NoImages { path: PathBuf::new(), others: String::new() }.into());
        };
        let (width, height) = match self.size {
            Some(size) => size,
            None => size_of(first)?,
        };
        let n_pixels = u64::from(width) * u64::from(height);
        let n_pixels = n_pixels.saturating_mul(files.len() as u64);
        self.budget.check("reading the images", n_pixels.saturating_mul(PIXEL_BYTES))?;
        let done = AtomicU64::new(0);
        let read = |path: &PathBuf| {
            let pixels = self.read_one(path, (width, height), first);
            let (done, total) = (done.fetch_add(1, Ordering::Relaxed) + 1, files.len() as u64);
            observer.update(&Task::new("reading", done, Some(total), Unit::Images));
            pixels
        };
        let images: Vec<Pixels> = files.par_iter().map(read).collect::<Result<_>>()?;
        let name =
            |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let names = files.iter().map(name).collect();
        Ok(ImageSet::of(images, (width as usize, height as usize), names))
    }

    fn read_one(&self, path: &Path, size: (u32, u32), first: &Path) -> Result<Pixels> {
        let found = size_of(path)?;
        if self.size.is_none() && found != size {
            return Err(ImageError::Sizes {
                path: path.into(),
                found,
                first: first.into(),
                expected: size,
            }
            .into());
        }
        // other threads read an image each at the same time
        let n_pixels = u64::from(found.0) * u64::from(found.1);
        let n_threads = rayon::current_num_threads() as u64;
        self.budget
            .check("reading an image", n_pixels.saturating_mul(PEAK_PIXEL_BYTES * n_threads))?;
        decode(path, size, self.grey)
    }
}

impl ImageSet {
    /// Combines images of one size, all in grey or all in colour.
    fn of(images: Vec<Pixels>, (width, height): (usize, usize), names: Vec<String>) -> Self {
        let in_colour = images.iter().any(|image| matches!(image, Pixels::Colour(_)));
        let channels = if in_colour { 3 } else { 1 };
        let dim = (images.len(), height * width * channels);
        let mut values = Vec::with_capacity(dim.0 * dim.1);
        for image in images {
            match image {
                Pixels::Colour(pixels) => values.extend(pixels),
                Pixels::Grey(pixels) if !in_colour => values.extend(pixels),
                Pixels::Grey(pixels) => values.extend(pixels.iter().flat_map(|&grey| [grey; 3])),
            }
        }
        let records = Array2::from_shape_vec(dim, values).expect("images of one size");
        let shape = ImageShape { height, width, channels, low: 0.0, high: 1.0 };
        Self { records, shape, names }
    }
}
