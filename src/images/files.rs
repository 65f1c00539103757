//! Image files in and out.

use std::fs::{self, File};
use std::io::{self, BufReader, Cursor, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use image::imageops::{FilterType, resize};
use image::{
    DynamicImage, ExtendedColorType, ImageBuffer, ImageFormat, ImageReader as Decoder, Rgb, Rgba,
};
use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use super::ImageShape;
use crate::compute::memory;
use crate::error::{Error, Result};
use crate::files::atomic::write_file;
use crate::files::ending;

/// Images as rows, with the names of their files.
#[derive(Debug, Clone)]
pub struct ImageSet {
    /// A row for each image, of values from 0 (black) to 1 (white).
    pub records: Array2<f64>,
    /// Shape of all images.
    pub shape: ImageShape,
    /// Names of the files, in order.
    pub names: Vec<String>,
}

/// How to read images.
///
/// PNG, JPEG, GIF (its first picture), BMP and the portable formats (PGM, PPM, PBM, PAM) are read, of 8 or 16 bits;
/// what is transparent is shown on white. If every pixel of all images is grey, rows have a value a pixel, and else
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
}

type Rgb16 = ImageBuffer<Rgb<u16>, Vec<u16>>;
type Rgba16 = ImageBuffer<Rgba<u16>, Vec<u16>>;

/// Bytes that a pixel takes at most while an image is read, and once it has been.
const READING: u64 = 48;
const READ: u64 = 48;

/// Endings of the files that are read.
const ENDINGS: [&str; 11] =
    ["png", "jpg", "jpeg", "pgm", "ppm", "pbm", "pnm", "pam", "gif", "bmp", "dib"];

/// An image as it was read: in grey, or in colour.
enum Pixels {
    Grey(Vec<f64>),
    Colour(Vec<f64>),
}

impl ImageReader {
    /// A reader of images that are all of one size.
    pub fn new() -> Self {
        Self::default()
    }

    /// Brings images to `width` by `height` pixels.
    pub fn resize(mut self, width: u32, height: u32) -> Self {
        self.size = Some((width, height));
        self
    }

    /// Reads colours as grey: 0.2126 red + 0.7152 green + 0.0722 blue (Rec. 709).
    pub fn grey(mut self, grey: bool) -> Self {
        self.grey = grey;
        self
    }

    /// Whether a file is an image by its ending.
    pub fn is_image(path: &Path) -> bool {
        ENDINGS.contains(&ending(path).as_str())
    }

    /// The images of a folder, or those that a pattern like `faces/*.png` names, in the order of their names in which
    /// numbers count as numbers.
    ///
    /// # Errors
    /// [`Error::Io`], and [`Error::NoImages`] if there are none.
    pub fn files(folder_or_pattern: &Path) -> Result<Vec<PathBuf>> {
        let at = |source| Error::io(folder_or_pattern, source);
        let mut files = Vec::new();
        if folder_or_pattern.is_dir() {
            for entry in fs::read_dir(folder_or_pattern).map_err(at)? {
                let path = entry.map_err(at)?.path();
                if path.is_file() && Self::is_image(&path) {
                    files.push(path);
                }
            }
        } else {
            let pattern = folder_or_pattern.to_string_lossy();
            if !pattern.contains(['*', '?', '[']) && !folder_or_pattern.exists() {
                return Err(at(io::ErrorKind::NotFound.into()));
            }
            let invalid =
                |error: glob::PatternError| at(io::Error::new(io::ErrorKind::InvalidInput, error));
            for path in glob::glob(&pattern).map_err(invalid)?.flatten() {
                if path.is_file() {
                    files.push(path);
                }
            }
        }
        if files.is_empty() {
            return Err(Error::NoImages { path: folder_or_pattern.into() });
        }
        files.sort_by_cached_key(|path| natural(&path.to_string_lossy()));
        Ok(files)
    }

    /// Reads images; `observer` is told how many of how many have been read.
    ///
    /// # Errors
    /// [`Error::Image`] for a file that cannot be read, [`Error::ImageSizes`], [`Error::TooLarge`].
    pub fn read(
        &self,
        files: &[PathBuf],
        observer: &(dyn Fn(u64, u64) + Sync),
    ) -> Result<ImageSet> {
        let Some(first) = files.first() else {
            return Err(Error::NoImages { path: PathBuf::new() });
        };
        let (width, height) = match self.size {
            Some(size) => size,
            None => size_of(first)?,
        };
        let n_pixels = u64::from(width) * u64::from(height);
        let n_pixels = n_pixels.saturating_mul(files.len() as u64);
        memory::check("reading the images", n_pixels.saturating_mul(READ))?;
        let done = AtomicU64::new(0);
        let read = |path: &PathBuf| {
            let pixels = self.read_one(path, (width, height), first);
            observer(done.fetch_add(1, Ordering::Relaxed) + 1, files.len() as u64);
            pixels
        };
        let images: Vec<Pixels> = files.par_iter().map(read).collect::<Result<_>>()?;
        let in_colour = images.iter().any(|image| matches!(image, Pixels::Colour(_)));
        let channels = if in_colour { 3 } else { 1 };
        let (height, width) = (height as usize, width as usize);
        let mut values = Vec::with_capacity(files.len() * height * width * channels);
        for image in images {
            match image {
                Pixels::Colour(pixels) => values.extend(pixels),
                Pixels::Grey(pixels) if !in_colour => values.extend(pixels),
                Pixels::Grey(pixels) => values.extend(pixels.iter().flat_map(|&grey| [grey; 3])),
            }
        }
        let shape = (files.len(), height * width * channels);
        let records = Array2::from_shape_vec(shape, values).expect("images of one size");
        let name =
            |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(ImageSet {
            records,
            shape: ImageShape { height, width, channels, low: 0.0, high: 1.0 },
            names: files.iter().map(name).collect(),
        })
    }

    fn read_one(&self, path: &Path, size: (u32, u32), first: &Path) -> Result<Pixels> {
        let found = size_of(path)?;
        if self.size.is_none() && found != size {
            return Err(Error::ImageSizes {
                path: path.into(),
                found,
                first: first.into(),
                expected: size,
            });
        }
        // other threads read an image each as well
        let n_pixels = u64::from(found.0) * u64::from(found.1);
        let n_threads = rayon::current_num_threads() as u64;
        memory::check("reading an image", n_pixels.saturating_mul(READING * n_threads))?;
        let image = decoder(path)?.decode().map_err(|error| problem(path, error))?;
        Ok(self.pixels(&image, size))
    }

    fn pixels(&self, image: &DynamicImage, (width, height): (u32, u32)) -> Pixels {
        // 8 bits are 16 without a change: 257 v / 65535 = v / 255
        let mut image = match image.color().has_alpha() {
            true => on_white(&image.to_rgba16()),
            false => image.to_rgb16(),
        };
        if image.dimensions() != (width, height) {
            image = resize(&image, width, height, FilterType::Triangle);
        }
        let values = image.iter().map(|&value| f64::from(value) / f64::from(u16::MAX));
        let colours: Vec<f64> = values.collect();
        let pixels = colours.chunks_exact(3);
        if pixels.clone().all(|rgb| rgb[0] == rgb[1] && rgb[1] == rgb[2]) {
            return Pixels::Grey(pixels.map(|rgb| rgb[0]).collect());
        }
        let luminance = |rgb: &[f64]| 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
        match self.grey {
            true => Pixels::Grey(pixels.map(luminance).collect()),
            false => Pixels::Colour(colours),
        }
    }
}

fn decoder(path: &Path) -> Result<Decoder<BufReader<File>>> {
    let opened = Decoder::open(path).and_then(Decoder::with_guessed_format);
    opened.map_err(|error| Error::io(path, error))
}

/// Width and height that a file claims.
fn size_of(path: &Path) -> Result<(u32, u32)> {
    decoder(path)?.into_dimensions().map_err(|error| problem(path, error))
}

/// An image as it is seen on white.
fn on_white(image: &Rgba16) -> Rgb16 {
    let white = u64::from(u16::MAX);
    Rgb16::from_fn(image.width(), image.height(), |x, y| {
        let [rgb @ .., alpha] = image.get_pixel(x, y).0.map(u64::from);
        let seen = |value: u64| (value * alpha + white * (white - alpha) + white / 2) / white;
        Rgb(rgb.map(|value| seen(value) as u16))
    })
}

/// Writes each row as an image `1.png`, `2.png`, ... of a folder, which is made if it is not there; numbers have leading
/// zeros so that all are equally long.
///
/// # Errors
/// [`Error::ShapeMismatch`] unless rows are images of this shape; [`Error::Io`].
pub fn write_images(folder: &Path, rows: ArrayView2<'_, f64>, shape: ImageShape) -> Result<()> {
    shape.check(rows.ncols())?;
    fs::create_dir_all(folder).map_err(|source| Error::io(folder, source))?;
    let digits = rows.nrows().to_string().len();
    let rows: Vec<_> = rows.rows().into_iter().enumerate().collect();
    rows.into_par_iter().try_for_each(|(index, row)| {
        let path = folder.join(format!("{:0digits$}.png", index + 1));
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
            .map_err(|error| problem(&path, error))?;
        write_file(&path, |file| file.write_all(png.get_ref()))
    })
}

fn problem(path: &Path, error: image::ImageError) -> Error {
    match error {
        image::ImageError::IoError(source) => Error::io(path, source),
        other => Error::Image { path: path.into(), problem: other.to_string().replace('\n', " ") },
    }
}

/// A key by which `2.png` comes before `10.png`: texts and numbers in turn, numbers by length and digits.
fn natural(text: &str) -> Vec<(usize, String)> {
    let mut key: Vec<(usize, String)> = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let is_number = rest.starts_with(|c: char| c.is_ascii_digit());
        let end = rest.find(|c: char| c.is_ascii_digit() != is_number).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        rest = after;
        let digits = run.trim_start_matches('0');
        key.push(if is_number {
            (1 + digits.len(), digits.to_owned())
        } else {
            (0, run.to_owned())
        });
    }
    key
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn read(reader: ImageReader, folder: &Path) -> Result<ImageSet> {
        reader.read(&ImageReader::files(folder)?, &|_, _| {})
    }

    #[test]
    fn images_are_read_as_they_were_written_in_grey_and_colour() {
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
        // the grey image beside the other is one of three equal values a pixel
        assert_eq!((images.records, images.shape), (rows, colour));
        let images = read(ImageReader::new().grey(true), folder.path()).unwrap();
        assert_eq!(images.shape.channels, 1);
        let expected = 0.2126 * 0.2 + 0.7152 * 0.4 + 0.0722;
        approx::assert_relative_eq!(images.records[[0, 0]], expected, max_relative = 1e-12);
    }

    #[test]
    fn sizes_must_agree_or_are_made_to() {
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
    fn what_is_transparent_is_white_before_it_is_resized() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.png");
        // white beside what nobody sees
        let pixels = [255, 255, 255, 255, 0, 0, 0, 0];
        image::save_buffer(&path, &pixels, 2, 1, ExtendedColorType::Rgba8).unwrap();
        for reader in [ImageReader::new(), ImageReader::new().resize(1, 1)] {
            let images = read(reader, folder.path()).unwrap();
            assert!(images.records.iter().all(|&value| value == 1.0), "{}", images.records);
        }
    }

    #[test]
    fn what_is_no_image_is_named() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(read(ImageReader::new(), folder.path()), Err(Error::NoImages { .. })));
        fs::write(folder.path().join("a.png"), "not a picture").unwrap();
        let error = read(ImageReader::new(), folder.path()).unwrap_err().to_string();
        assert!(error.contains("a.png"), "{error}");
        let pattern = folder.path().join("*.jpg");
        assert!(matches!(ImageReader::files(&pattern), Err(Error::NoImages { .. })));
    }

    #[test]
    fn numbers_in_names_are_in_order() {
        let mut names = vec!["a10.png", "a2.png", "a002.png", "b1", "a1b"];
        names.sort_by_key(|name| natural(name));
        assert_eq!(names, ["a1b", "a2.png", "a002.png", "a10.png", "b1"]);
    }
}
