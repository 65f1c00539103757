//! Tests of reading image files.

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
    let square = |n: usize| (Array2::from_elem((1, n * n), 0.6), ImageShape::grey(n, n, 0.0, 1.0));
    for n in [2, 4] {
        let (rows, shape) = square(n);
        let inner = folder.path().join(n.to_string());
        write_images(&inner, rows.view(), shape).unwrap();
        fs::rename(inner.join("1.png"), folder.path().join(format!("{n}.png"))).unwrap();
    }
    let error = read(ImageReader::new(), folder.path()).unwrap_err().to_string();
    assert!(error.contains("4.png: it has 4 x 4") && error.contains("2.png has 2 x 2"), "{error}");
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
            images.records.mapv(|value| (value * 5.0).round() as i32).into_raw_vec_and_offset().0,
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
    assert!(matches!(ImageReader::files(&pattern), Err(Error::Image(ImageError::NoImages { .. }))));
}
