//! Missing values and hidden pixels that are filled.

use std::fs;

use super::{fails, folder, mixlab, prints, words, write};
use tempfile::TempDir;

/// Runs a command that must succeed, and returns its messages.
fn says(folder: &TempDir, arguments: &str) -> String {
    let assert = mixlab(folder).args(words(arguments)).assert().success();
    String::from_utf8(assert.get_output().stderr.clone()).unwrap()
}

/// A table of sizes and weights in two groups, with missing values that are written in several ways, and its model.
fn people() -> TempDir {
    let folder = folder();
    let mut text = String::from("id,size,weight,sex,note\n");
    for row in 0..120_u32 {
        let is_tall = row % 2 == 1;
        let (size, sex) = if is_tall { (182, "m") } else { (165, "f") };
        let size = size + (row * 7 % 11) as i32 - 5;
        let weight = f64::from(size) * 0.9 - 90.0 + f64::from(row * 13 % 7) - 3.0;
        let size = if row == 10 { String::new() } else { format!("{size}") };
        let weight = match row {
            20 | 23 => "NA".to_owned(),
            // digits that a number does not keep
            _ => format!("{weight:.2}"),
        };
        let sex = if row % 40 == 5 { "" } else { sex };
        text += &format!("{:04},{size},{weight},{sex},\"a, {row}\"\n", row + 1);
    }
    write(&folder, "people.csv", text);
    let fit = "fit people.csv --exclude id,note --missing at-random -k 2 --n-init 3 -o people.npz";
    prints(&folder, fit);
    folder
}

fn records(folder: &TempDir, name: &str) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_path(folder.path().join(name)).unwrap();
    let fields = |record: csv::StringRecord| record.iter().map(String::from).collect();
    reader.records().map(|record| fields(record.unwrap())).collect()
}

fn is_missing(text: &str) -> bool {
    text.is_empty() || text == "NA"
}

#[test]
fn observed_cells_keep_their_text_and_missing_ones_are_filled() {
    let folder = people();
    let message =
        says(&folder, "impute people.npz people.csv -o full.csv --deviations uncertain.csv");
    assert!(message.contains("6 values in 6 of 120 rows"), "{message}");
    assert!(message.contains("--draw"), "{message}");
    let (original, full) = (records(&folder, "people.csv"), records(&folder, "full.csv"));
    let uncertain = records(&folder, "uncertain.csv");
    assert_eq!(original.len(), full.len());
    for (row, (before, after)) in original.iter().zip(&full).enumerate() {
        for (column, (before, after)) in before.iter().zip(after).enumerate() {
            if !is_missing(before) {
                assert_eq!(before, after);
            }
            if (1..4).contains(&column) {
                assert_eq!(uncertain[row][column - 1].is_empty(), !is_missing(before));
                assert!(!is_missing(after), "{row} {column}");
            }
        }
    }
    // a small woman, whose size is a whole number; weights have two decimals
    let size: f64 = full[10][1].parse().unwrap();
    assert!(size.fract() == 0.0 && (150.0..175.0).contains(&size), "{size}");
    assert!(full[20][2].split_once('.').is_some_and(|(_, decimals)| decimals.len() <= 2));
    let by_row: Vec<&str> = [5, 45, 85].map(|row: usize| full[row][3].as_str()).to_vec();
    assert_eq!(by_row, ["m", "m", "m"]);
    // standard input and output
    let text = fs::read_to_string(folder.path().join("people.csv")).unwrap();
    let mut command = mixlab(&folder);
    command.args(["impute", "people.npz", "-", "-q"]).write_stdin(text);
    let output = command.assert().success().get_output().stdout.clone();
    assert_eq!(output, fs::read(folder.path().join("full.csv")).unwrap());
}

#[test]
fn draws_are_rows_with_a_number_or_files_of_their_own() {
    let folder = people();
    says(&folder, "impute people.npz people.csv --draw 3 --seed 5 -o all.csv");
    says(&folder, "impute people.npz people.csv --draw 3 --seed 5 -o draw-{}.csv");
    let all = records(&folder, "all.csv");
    assert_eq!(all.len(), 360);
    let mut sizes = Vec::new();
    for draw in 1..=3 {
        let rows = records(&folder, &format!("draw-{draw}.csv"));
        let of_draw: Vec<Vec<String>> = all
            .iter()
            .filter(|row| row[0] == draw.to_string())
            .map(|row| row[1..].to_vec())
            .collect();
        assert_eq!(rows, of_draw);
        sizes.push(rows[10][1].clone());
    }
    assert!(sizes[0] != sizes[1] || sizes[1] != sizes[2], "{sizes:?}");
    let message = says(&folder, "impute people.npz people.csv --draw 1 -o one.csv");
    assert!(message.contains("1 draw each"), "{message}");
}

#[test]
fn decimal_commas_unknown_levels_and_other_separators_are_kept() {
    let folder = people();
    let text = "id;size;weight;sex\n1;165;60,50;f\n2;182;;x\n3;;75,10;m\n";
    write(&folder, "europe.csv", text);
    says(&folder, "impute people.npz europe.csv -o full.csv");
    let full = records(&folder, "full.csv");
    assert_eq!(full[0], ["1", "165", "60,50", "f"]);
    // a level that the model does not know is not replaced
    assert_eq!((full[1][1].as_str(), full[1][3].as_str()), ("182", "x"));
    assert!(full[1][2].replace(',', ".").parse::<f64>().is_ok_and(|x| (60.0..90.0).contains(&x)));
    assert!(full[1][2].contains(','), "{}", full[1][2]);
    // arrays hold the columns of the model alone
    write(&folder, "short.csv", "size,weight,sex\n165,,f\n");
    says(&folder, "impute people.npz short.csv -o full.npy");
    let full: ndarray::Array2<f64> = ndarray_npy::read_npy(folder.path().join("full.npy")).unwrap();
    assert_eq!(full.dim(), (1, 3));
}

#[test]
fn what_cannot_be_filled_is_refused() {
    let folder = people();
    write(&folder, "nothing.csv", "size,weight,sex\n,,NA\n,,\n");
    fails(&folder, &words("impute people.npz nothing.csv -o x.csv"), 2, &["observed"]);
    fails(&folder, &words("impute people.npz people.csv -o people.csv"), 2, &["input"]);
    fails(&folder, &words("impute people.npz people.csv -o x.txt"), 2, &["text"]);
    fails(&folder, &words("impute people.npz people.csv --mask m.png"), 2, &["--mask"]);
    let message = says(&folder, "impute people.npz people.csv --drop-missing -o x.csv");
    assert!(message.contains("no value is missing"), "{message}");
}

#[cfg(feature = "images")]
mod images {
    use mixlab::{ImageReader, ImageShape, ModelFile, datasets, write_image, write_images};
    use ndarray::{Array1, Array2, Axis};

    use super::*;

    /// A model of digits, three of them in `digits/`, and a mask of their lower halves.
    fn digits() -> TempDir {
        let folder = folder();
        let fit = "fit dataset:digits --pca 20 --whiten -k 8 --covariance tied --n-init 1 -o d.npz";
        prints(&folder, fit);
        let rows = datasets::digits().records.select(Axis(0), &[0, 1, 2]);
        write_images(&folder.path().join("digits"), rows.view(), datasets::DIGIT).unwrap();
        let mask = Array1::from_shape_fn(64, |pixel| if pixel >= 32 { 1.0 } else { 0.0 });
        let shape = ImageShape::grey(8, 8, 0.0, 1.0);
        write_image(&folder.path().join("mask.png"), mask.view(), shape).unwrap();
        folder
    }

    fn read(folder: &TempDir, name: &str) -> Array2<f64> {
        let files = ImageReader::files(&folder.path().join(name)).unwrap();
        ImageReader::new().read(&files, &|_, _| {}).unwrap().records
    }

    #[test]
    fn hidden_halves_are_completed_and_the_others_keep_their_pixels() {
        let folder = digits();
        let message = says(&folder, "impute d.npz digits/ --mask mask.png -o full/");
        assert!(message.contains("3 images, 32 of 64 values hidden"), "{message}");
        let (before, after) = (read(&folder, "digits"), read(&folder, "full"));
        assert_eq!(before.view().split_at(Axis(1), 32).0, after.view().split_at(Axis(1), 32).0);
        // the model's own expectation
        let file = ModelFile::load(&folder.path().join("d.npz")).unwrap();
        let mut rows = &before * 16.0;
        rows.indexed_iter_mut().for_each(|((_, pixel), value)| {
            if pixel >= 32 {
                *value = f64::NAN;
            }
        });
        let expected = file.pipeline.impute(rows.view()).unwrap().rows;
        let cut = expected.mapv(|value| (value / 16.0).clamp(0.0, 1.0));
        // half a shade of 256
        assert!((&after - &cut).iter().all(|difference| difference.abs() < 0.51 / 255.0));
        // the same by the names of the pixels that are kept
        says(&folder, "impute d.npz digits/ --columns pixel_0_0..pixel_3_7 -o again/");
        assert_eq!(read(&folder, "again"), after);
        // one image is written as it is, draws as a grid or one by one
        says(&folder, "impute d.npz digits/1.png --mask mask.png -o one.png");
        assert_eq!(read(&folder, "one.png").row(0), after.row(0));
        says(&folder, "impute d.npz digits/ --mask mask.png --draw 4 -o grid.png");
        says(&folder, "impute d.npz digits/ --mask mask.png --draw 4 --seed 1 -o draws/");
        let draws = read(&folder, "draws");
        assert_eq!(draws.nrows(), 12);
        assert!(draws.row(0) != draws.row(1));
        let upper = |rows: &Array2<f64>, row: usize| rows.row(row).to_vec()[..32].to_vec();
        assert_eq!(upper(&draws, 3), upper(&before, 0));
        assert_eq!(upper(&draws, 4), upper(&before, 1));
    }

    #[test]
    fn bad_masks_are_refused() {
        let folder = digits();
        let shape = ImageShape::grey(4, 8, 0.0, 1.0);
        let name = |name: &str| folder.path().join(name);
        write_image(&name("small.png"), Array1::ones(32).view(), shape).unwrap();
        let shape = ImageShape::grey(8, 8, 0.0, 1.0);
        write_image(&name("white.png"), Array1::ones(64).view(), shape).unwrap();
        write_image(&name("black.png"), Array1::zeros(64).view(), shape).unwrap();
        let impute = |rest: &str| format!("impute d.npz {rest} -o x.png");
        let refuses = |rest: &str, expected: &[&str]| {
            fails(&folder, &words(&impute(rest)), 2, expected);
        };
        refuses("digits/ --mask small.png", &["8 x 4", "8 x 8"]);
        refuses("digits/ --mask white.png", &["hides all pixels"]);
        refuses("digits/ --mask black.png", &["hides no pixel"]);
        refuses("digits/ --mask none.png", &["none.png"]);
        refuses("digits/", &["--mask", "--columns"]);
        refuses("digits/ --columns pixel_9_9", &["pixel_9_9"]);
        refuses("small.png --mask mask.png", &["8 x 8"]);
    }
}
