//! Decoding of image files to values from 0 (black) to 1 (white).

use std::fs::{self, File};
use std::io::{BufReader, ErrorKind};
use std::path::Path;

use image::imageops::{FilterType, resize};
use image::metadata::Orientation;
use image::{
    DynamicImage, ImageBuffer, ImageDecoder, ImageFormat, ImageReader as Decoder, Rgb, Rgba,
};

use super::jpeg::is_cut_off;
use crate::error::{Error, ImageError, Result};

type Rgb16 = ImageBuffer<Rgb<u16>, Vec<u16>>;
type Rgba16 = ImageBuffer<Rgba<u16>, Vec<u16>>;

/// The pixels of a decoded image, in grey or in colour.
pub(super) enum Pixels {
    Grey(Vec<f64>),
    Colour(Vec<f64>),
}

/// Reads an image, turned as its file says, resizes it to `size` and, if `as_grey`, converts it to grey.
pub(super) fn decode(path: &Path, size: (u32, u32), as_grey: bool) -> Result<Pixels> {
    let reader = decoder(path)?;
    let is_jpeg = reader.format() == Some(ImageFormat::Jpeg);
    let mut decoder = reader.into_decoder().map_err(|error| problem(path, error))?;
    let orientation = orientation(&mut decoder);
    let image = DynamicImage::from_decoder(decoder);
    let mut image = image.map_err(|error| problem(path, error))?;
    if is_jpeg && is_cut_off(&fs::read(path).map_err(|error| Error::io(path, error))?) {
        return Err(unreadable(path, "the file is cut off"));
    }
    image.apply_orientation(orientation);
    Ok(pixels(&image, size, as_grey))
}

/// Returns the orientation that a file states (Exif); an unreadable statement is ignored.
fn orientation(decoder: &mut impl ImageDecoder) -> Orientation {
    decoder.orientation().unwrap_or(Orientation::NoTransforms)
}

fn pixels(image: &DynamicImage, size: (u32, u32), as_grey: bool) -> Pixels {
    // conversion from 8 to 16 bits is exact: 257 v / 65535 = v / 255
    let mut image =
        if image.color().has_alpha() { on_white(&image.to_rgba16()) } else { image.to_rgb16() };
    if image.dimensions() != size {
        image = resize(&image, size.0, size.1, FilterType::Triangle);
    }
    let values = image.iter().map(|&value| f64::from(value) / f64::from(u16::MAX));
    let colours: Vec<f64> = values.collect();
    let pixels = colours.chunks_exact(3);
    if pixels.clone().all(|rgb| rgb[0] == rgb[1] && rgb[1] == rgb[2]) {
        return Pixels::Grey(pixels.map(|rgb| rgb[0]).collect());
    }
    let luminance = |rgb: &[f64]| 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
    if as_grey { Pixels::Grey(pixels.map(luminance).collect()) } else { Pixels::Colour(colours) }
}

fn decoder(path: &Path) -> Result<Decoder<BufReader<File>>> {
    let opened = Decoder::open(path).and_then(Decoder::with_guessed_format);
    opened.map_err(|error| Error::io(path, error))
}

/// Reads the width and height that a file claims, of the image turned as the file says.
pub(super) fn size_of(path: &Path) -> Result<(u32, u32)> {
    let mut decoder = decoder(path)?.into_decoder().map_err(|error| problem(path, error))?;
    let (width, height) = decoder.dimensions();
    let turns = [
        Orientation::Rotate90,
        Orientation::Rotate270,
        Orientation::Rotate90FlipH,
        Orientation::Rotate270FlipH,
    ];
    Ok(if turns.contains(&orientation(&mut decoder)) { (height, width) } else { (width, height) })
}

/// Blends an image with a white background.
fn on_white(image: &Rgba16) -> Rgb16 {
    let white = u64::from(u16::MAX);
    Rgb16::from_fn(image.width(), image.height(), |x, y| {
        let [rgb @ .., alpha] = image.get_pixel(x, y).0.map(u64::from);
        let seen = |value: u64| (value * alpha + white * (white - alpha) + white / 2) / white;
        Rgb(rgb.map(|value| seen(value) as u16))
    })
}

/// Converts an error of the `image` crate.
pub(super) fn problem(path: &Path, error: image::ImageError) -> Error {
    match error {
        // an image that ends too early is one that cannot be read, not a failing disk
        image::ImageError::IoError(source) if source.kind() != ErrorKind::UnexpectedEof => {
            Error::io(path, source)
        }
        other => unreadable(path, &other.to_string().replace('\n', " ")),
    }
}

fn unreadable(path: &Path, problem: &str) -> Error {
    let problem = format!("the image cannot be read ({problem}); write it again or remove it");
    ImageError::Unreadable { path: path.into(), problem }.into()
}
