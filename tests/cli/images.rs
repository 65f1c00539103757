//! Folders of images as input and output.

use std::fs;

use mixlab::{ImageReader, ImageShape, ModelFile, datasets, write_images};
use ndarray::{Array2, Axis};
use tempfile::TempDir;

use super::{fails, folder, json, prints, words, write};

/// Creates a folder with 200 digits in `digits/`, and 60 colour images in `colour/`.
fn with_images() -> TempDir {
    let folder = folder();
    let first: Vec<usize> = (0..200).collect();
    let digits = datasets::digits().records.select(Axis(0), &first);
    write_images(&folder.path().join("digits"), digits.view(), datasets::DIGIT).unwrap();
    // a red half and a blue half, of varying brightness
    let colour = Array2::from_shape_fn((60, 4 * 6 * 3), |(image, value)| {
        let (column, channel) = (value / 3 % 6, value % 3);
        let lit = (column < 3 && channel == 0) || (column >= 3 && channel == 2);
        let own = ((image * 37 + value * 11) % 16) as f64 / 160.0;
        if lit { 0.5 + (image % 5) as f64 / 20.0 + own } else { own }
    });
    let shape = ImageShape { channels: 3, ..ImageShape::grey(4, 6, 0.0, 1.0) };
    write_images(&folder.path().join("colour"), colour.view(), shape).unwrap();
    folder
}

#[test]
fn a_model_of_images_has_their_size_and_generates_new_ones() {
    let folder = with_images();
    let fit = "fit digits/ --pca 0.9 --whiten -k 2..4 --covariance diag --n-init 2 -o d.npz";
    prints(&folder, fit);
    let file = ModelFile::load(&folder.path().join("d.npz")).unwrap();
    assert_eq!(file.image, Some(ImageShape::grey(8, 8, 0.0, 1.0)));
    prints(&folder, "sample d.npz -n 9 -o grid.png");
    prints(&folder, "sample d.npz -n 12 -o new/");
    let files = ImageReader::files(&folder.path().join("new")).unwrap();
    assert_eq!(files.len(), 12);
    assert!(files[0].ends_with("01.png") && files[11].ends_with("12.png"));
    let images = ImageReader::new().read(&files, &|_, _| {}).unwrap();
    let (expected, _) = file.pipeline.sample(12, 0);
    let cut = expected.mapv(|value: f64| (value.clamp(0.0, 1.0) * 255.0).round() / 255.0);
    approx::assert_abs_diff_eq!(images.records, cut, epsilon = 1e-12);
    fails(&folder, &words("sample d.npz -o new/"), 2, &["new/ is not empty"]);
    prints(&folder, "plot means d.npz -o means.png");
}

#[test]
fn new_images_are_rounded_and_clipped_on_request() {
    let folder = folder();
    let fit = "fit dataset:digits --pca 5 --whiten -k 2 --covariance diag --n-init 1 -o d.npz";
    prints(&folder, fit);
    // pixels from 0 to 16
    let drawn = |options: &str, name: &str| {
        prints(&folder, &format!("sample d.npz -n 20 {options} -o {name}/"));
        let files = ImageReader::files(&folder.path().join(name)).unwrap();
        ImageReader::new().read(&files, &|_, _| {}).unwrap().records * 16.0
    };
    // a file has 256 shades, also after rounding
    let off = |value: &f64| (value - value.round()).abs() > 16.0 / 510.0 + 1e-9;
    let unchanged = drawn("", "unchanged");
    assert!(unchanged.iter().any(off));
    let rounded = drawn("--round 0", "rounded");
    assert!(!rounded.iter().any(off));
    assert!((&rounded - &unchanged).iter().all(|difference| difference.abs() < 0.6));
    assert_eq!(drawn("--round auto", "auto"), rounded);
    // the first pixel of every digit is 0
    assert!(unchanged.column(0).iter().any(|&value| value > 0.0));
    assert_eq!(drawn("--clip", "clipped").column(0), Array2::<f64>::zeros((20, 1)).column(0));
}

#[test]
fn colour_images_stay_in_colour() {
    let folder = with_images();
    prints(&folder, "fit colour --pca 3 -k 2 --covariance full -o c.npz");
    let file = ModelFile::load(&folder.path().join("c.npz")).unwrap();
    let shape = file.image.unwrap();
    assert_eq!((shape.height, shape.width, shape.channels), (4, 6, 3));
    prints(&folder, "sample c.npz -n 40 -o new/");
    let files = ImageReader::files(&folder.path().join("new")).unwrap();
    let images = ImageReader::new().read(&files, &|_, _| {}).unwrap();
    assert_eq!(images.shape.channels, 3);
    let mean = images.records.mean_axis(Axis(0)).unwrap();
    // red left, blue right
    assert!(mean[0] > 0.4 && mean[2] < 0.2 && mean[15] < 0.2 && mean[17] > 0.4, "{mean}");
    let info = prints(&folder, "info c.npz");
    assert!(info.contains("colour images of 4 x 6 pixels"), "{info}");
    let object = json(&folder, &words("compare colour new --json"));
    assert_eq!(object["columns"][2]["name"], "pixel_0_0_blue");
    prints(&folder, "compare colour new --html c.html");
    assert!(fs::read_to_string(folder.path().join("c.html")).unwrap().contains("image/png"));
}

#[test]
fn datasets_of_images_are_exported_as_images() {
    let folder = folder();
    prints(&folder, "datasets export digits digits/");
    let files = ImageReader::files(&folder.path().join("digits")).unwrap();
    let images = ImageReader::new().read(&files, &|_, _| {}).unwrap();
    // shades are rounded to 8 bits
    let expected = datasets::digits().records / 16.0;
    approx::assert_abs_diff_eq!(images.records, expected, epsilon = 0.5 / 255.0 + 1e-12);
    fails(&folder, &words("datasets export moons moons/"), 2, &["moons is not of images"]);
    fails(&folder, &words("datasets export moons moons.xls"), 2, &["moons.xls", ".csv"]);
}

#[test]
fn output_rows_have_file_names() {
    let folder = with_images();
    prints(&folder, "fit digits --pca 10 -k 3 --covariance full -o d.npz");
    let labels = prints(&folder, "predict d.npz digits");
    assert!(labels.starts_with("file,component\n001.png,"), "{labels}");
    let found = prints(&folder, "score d.npz digits --anomalies 2%");
    assert_eq!(found.lines().next(), Some("row,file,log_density,anomalous_columns"));
    assert_eq!(found.lines().count(), 1 + 4);
    // a pattern, and several files
    let some = prints(&folder, "predict d.npz digits/00*.png");
    assert_eq!(some.lines().count(), 1 + 9);
    assert_eq!(prints(&folder, "predict d.npz digits/001.png digits/002.png").lines().count(), 3);
}

#[test]
fn images_are_converted_to_the_size_and_colours_of_the_model() {
    let folder = with_images();
    prints(&folder, "fit digits --pca 10 -k 2 --covariance full -o d.npz");
    let arguments = words("predict d.npz colour");
    fails(&folder, &arguments, 2, &["8 x 8 pixels", "6 x 4", "--resize 8x8"]);
    let labels = prints(&folder, "predict d.npz colour --resize 8x8 --only");
    assert_eq!(labels.lines().count(), 61);
    // a model of dataset:digits has values up to 16
    prints(&folder, "fit dataset:digits --pca 10 -k 2 --covariance full -o sixteen.npz");
    let from_files =
        json(&folder, &words("score sixteen.npz digits/001.png digits/002.png --json"));
    let of_dataset = json(&folder, &words("score sixteen.npz dataset:digits --json"));
    let difference = from_files["log_density"][0].as_f64().unwrap()
        - of_dataset["log_density"][0].as_f64().unwrap();
    assert!(difference.abs() < 0.5, "{difference}");
}

#[test]
fn folders_that_are_not_image_sets_are_refused() {
    let folder = with_images();
    fs::create_dir(folder.path().join("empty")).unwrap();
    fs::create_dir(folder.path().join("mixed")).unwrap();
    fs::copy(folder.path().join("digits/001.png"), folder.path().join("mixed/1.png")).unwrap();
    fs::copy(folder.path().join("colour/01.png"), folder.path().join("mixed/2.png")).unwrap();
    write(&folder, "broken.png", "not a picture");
    for (arguments, expected) in [
        ("fit empty", "empty holds no images"),
        ("fit nothing/*.png", "nothing/*.png holds no images"),
        ("fit mixed", "mixed/2.png: it has 6 x 4 pixels"),
        ("fit broken.png", "broken.png"),
        ("fit nofile.png", "nofile.png: entity not found"),
        ("fit digits", "64 pixels have the same value in every image"),
        ("fit digits --columns a", "--skip are for tables, and these are images"),
        ("fit digits/001.png colour/*.csv", "holds no images"),
    ] {
        fails(&folder, &words(arguments), 2, &[expected]);
    }
    prints(&folder, "fit dataset:moons -k 2 -o m.npz");
    prints(&folder, "fit digits --pca 3 -k 1 --covariance full -o digits/m.npz");
    let over = "plot pairs digits/m.npz digits -o digits/001.png";
    fails(&folder, &words(over), 2, &["digits is an input"]);
    fails(&folder, &words("sample m.npz -o images/"), 2, &["the model is not of images"]);
}
