//! Reading and writing of image files.

mod decode;
mod find;
mod jpeg;
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

pub use write::write_images;

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

#[cfg(test)]
mod tests {
    use std::fs;

    use image::ExtendedColorType;
    use ndarray::array;

    use super::*;
    use crate::error::Error;

    fn read(reader: ImageReader, folder: &Path) -> Result<ImageSet> {
        reader.read(&ImageReader::files(folder)?, &|_, _| {})
    }

    #[test]
    fn written_images_are_read_back_in_grey_and_colour() {
        let folder = tempfile::tempdir().unwrap();
        let grey = ImageShape::grey(1, 3, 0.0, 1.0);
        let rows = array![[0.0, 51.0, 255.0], [1.0, 2.0, 3.0]] / 255.0;
        write_images(folder.path(), rows.view(), grey).unwrap();
        let images = read(ImageReader::new(), folder.path()).unwrap();
        assert_eq!((images.records, images.shape), (rows, grey));

        let colour = ImageShape { width: 1, channels: 3, ..grey };
        let rows = array![[0.2, 0.4, 1.0], [0.0, 0.0, 0.0]];
        write_images(folder.path(), rows.view(), colour).unwrap();
        let images = read(ImageReader::new(), folder.path()).unwrap();
        // the grey image next to the colour image has three equal values per pixel
        assert_eq!((images.records, images.shape), (rows, colour));
        let images = read(ImageReader::new().grey(true), folder.path()).unwrap();
        assert_eq!(images.shape.channels, 1);
        let expected = 0.2126 * 0.2 + 0.7152 * 0.4 + 0.0722;
        approx::assert_relative_eq!(images.records[[0, 0]], expected, max_relative = 1e-12);
    }

    #[test]
    fn images_of_different_sizes_are_refused_or_resized() {
        let folder = tempfile::tempdir().unwrap();
        let square =
            |n: usize| (Array2::from_elem((1, n * n), 0.6), ImageShape::grey(n, n, 0.0, 1.0));
        for n in [2, 4] {
            let (rows, shape) = square(n);
            let inner = folder.path().join(n.to_string());
            write_images(&inner, rows.view(), shape).unwrap();
            fs::rename(inner.join("1.png"), folder.path().join(format!("{n}.png"))).unwrap();
        }
        let error = read(ImageReader::new(), folder.path()).unwrap_err().to_string();
        assert!(
            error.contains("4.png: it has 4 x 4") && error.contains("2.png has 2 x 2"),
            "{error}"
        );
        let images = read(ImageReader::new().resize(3, 2), folder.path()).unwrap();
        assert_eq!((images.shape.height, images.shape.width), (2, 3));
        assert!(images.records.iter().all(|value| (value - 0.6).abs() < 1e-4));
    }

    #[test]
    fn transparent_pixels_are_blended_with_white_before_resizing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.png");
        // a white pixel next to transparent ones
        let pixels = [255, 255, 255, 255, 0, 0, 0, 0];
        image::save_buffer(&path, &pixels, 2, 1, ExtendedColorType::Rgba8).unwrap();
        for reader in [ImageReader::new(), ImageReader::new().resize(1, 1)] {
            let images = read(reader, folder.path()).unwrap();
            assert!(images.records.iter().all(|&value| value == 1.0), "{}", images.records);
        }
    }

    /// A JPEG or PNG file's Exif data with an orientation.
    fn exif(orientation: u8) -> Vec<u8> {
        let mut exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
        exif.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
        exif
    }

    /// Writes a PNG file of 2 x 3 pixels (height x width) with an orientation.
    fn write_turned(path: &Path, pixels: &[u8; 6], orientation: u8) {
        use image::ImageEncoder;
        let mut file = fs::File::create(path).unwrap();
        let mut encoder = image::codecs::png::PngEncoder::new(&mut file);
        encoder.set_exif_metadata(exif(orientation)).unwrap();
        encoder.write_image(pixels, 3, 2, ExtendedColorType::L8).unwrap();
    }

    #[test]
    fn images_are_turned_as_their_files_say() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.png");
        let read_turned = |orientation| {
            write_turned(&path, &[0, 51, 102, 153, 204, 255], orientation);
            let images = read(ImageReader::new(), folder.path()).unwrap();
            let shape = (images.shape.height, images.shape.width);
            (
                shape,
                images
                    .records
                    .mapv(|value| (value * 5.0).round() as i32)
                    .into_raw_vec_and_offset()
                    .0,
            )
        };
        // the image is   0 1 2
        //                3 4 5
        for (orientation, shape, pixels) in [
            (1, (2, 3), [0, 1, 2, 3, 4, 5]),
            (2, (2, 3), [2, 1, 0, 5, 4, 3]),
            (3, (2, 3), [5, 4, 3, 2, 1, 0]),
            (4, (2, 3), [3, 4, 5, 0, 1, 2]),
            (5, (3, 2), [0, 3, 1, 4, 2, 5]),
            (6, (3, 2), [3, 0, 4, 1, 5, 2]),
            (7, (3, 2), [5, 2, 4, 1, 3, 0]),
            (8, (3, 2), [2, 5, 1, 4, 0, 3]),
            (9, (2, 3), [0, 1, 2, 3, 4, 5]),
        ] {
            assert_eq!(read_turned(orientation), (shape, pixels.to_vec()), "{orientation}");
        }
        // turned before they are resized
        write_turned(&path, &[0, 0, 0, 255, 255, 255], 6);
        let images = read(ImageReader::new().resize(2, 1), folder.path()).unwrap();
        assert_eq!(images.records, array![[1.0, 0.0]]);
    }

    #[test]
    fn files_that_systems_add_to_folders_are_ignored() {
        let folder = tempfile::tempdir().unwrap();
        write_images(folder.path(), array![[0.0, 1.0]].view(), ImageShape::grey(1, 2, 0.0, 1.0))
            .unwrap();
        for name in ["._1.png", ".hidden.png", "Thumbs.db", ".DS_Store"] {
            fs::write(folder.path().join(name), "not a picture").unwrap();
        }
        assert_eq!(ImageReader::files(folder.path()).unwrap().len(), 1);
        assert_eq!(ImageReader::files(&folder.path().join("*")).unwrap().len(), 1);
        assert_eq!(ImageReader::files(&folder.path().join(".*.png")).unwrap().len(), 2);
        assert_eq!(ImageReader::ignored(folder.path()).unwrap(), None);
    }

    #[test]
    fn tables_in_a_folder_without_images_are_mentioned() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["_SUCCESS", "part-1.parquet", "part-0.parquet"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let error = ImageReader::files(folder.path()).unwrap_err().to_string();
        assert!(error.contains("2 tables") && error.contains("part-0.parquet"), "{error}");
    }

    #[test]
    fn images_in_other_places_and_formats_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a", "b"] {
            let rows = array![[0.0, 1.0], [1.0, 0.0]];
            write_images(&folder.path().join(name), rows.view(), ImageShape::grey(1, 2, 0.0, 1.0))
                .unwrap();
        }
        fs::create_dir(folder.path().join("empty")).unwrap();
        fs::write(folder.path().join("x.webp"), "").unwrap();
        let error = ImageReader::files(folder.path()).unwrap_err().to_string();
        assert!(error.contains("2 folders within it hold 4 images"), "{error}");
        assert!(error.contains("1 image of other formats, such as x.webp"), "{error}");
        // the remedy can be used
        let pattern = error.split('\'').nth(1).unwrap();
        assert_eq!(ImageReader::files(Path::new(pattern)).unwrap().len(), 4);
        write_images(
            &folder.path().join("c"),
            array![[0.0, 1.0]].view(),
            ImageShape::grey(1, 2, 0.0, 1.0),
        )
        .unwrap();
        fs::rename(folder.path().join("c/1.png"), folder.path().join("1.png")).unwrap();
        assert_eq!(ImageReader::files(folder.path()).unwrap().len(), 1);
        assert!(ImageReader::ignored(folder.path()).unwrap().unwrap().contains("4 images"));
    }

    #[test]
    fn files_that_are_not_images_are_named_in_errors() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(
            read(ImageReader::new(), folder.path()),
            Err(Error::Image(ImageError::NoImages { .. }))
        ));
        fs::write(folder.path().join("a.png"), "not a picture").unwrap();
        let error = read(ImageReader::new(), folder.path()).unwrap_err().to_string();
        assert!(error.contains("a.png"), "{error}");
        let pattern = folder.path().join("*.jpg");
        assert!(matches!(
            ImageReader::files(&pattern),
            Err(Error::Image(ImageError::NoImages { .. }))
        ));
    }
}
