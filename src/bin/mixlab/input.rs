//! DATA of the command line: a table, images, standard input, or `dataset:NAME`.

use std::io;
use std::path::{Path, PathBuf};

use linfa::Dataset;
use mixlab::table::{Column, Sheet, TableReader};
use mixlab::{ImageShape, datasets};
use ndarray::{Array1, Array2, Axis};

use crate::args::ReadArgs;
use crate::output::{Usage, note};
use crate::progress;

/// Rows that were read, and the shape of their images if they are images.
pub struct Input {
    pub sheet: Sheet,
    pub image: Option<ImageShape>,
}

/// What the data are read for.
#[derive(Clone, Copy, Default)]
pub struct Purpose<'a> {
    /// What the data should be like.
    pub like: Option<Like<'a>>,
    /// Whether columns that are not wanted are kept as text.
    pub carry: bool,
}

/// Data that others should be like: those of a model, or of an original.
#[derive(Clone, Copy)]
pub struct Like<'a> {
    /// Names of the columns, which are wanted unless others are chosen.
    pub names: &'a [String],
    /// The shape of images.
    pub image: Option<ImageShape>,
}

/// Reads what the arguments name.
pub fn read(data: &[String], how: &ReadArgs, purpose: Purpose<'_>) -> anyhow::Result<Input> {
    let input = match data {
        [one] => read_one(one, how, purpose)?,
        several => {
            refuse_tables(several)?;
            let files = several.iter().map(|path| files(Path::new(path)));
            let files = files.collect::<mixlab::Result<Vec<_>>>()?.concat();
            read_images(&files, how, purpose)?
        }
    };
    if input.sheet.n_dropped > 0 {
        let n_rows = input.sheet.n_dropped + input.sheet.rows.len();
        note(format_args!(
            "{} of {n_rows} rows have missing values and are left out",
            input.sheet.n_dropped
        ));
    }
    Ok(input)
}

fn read_one(data: &str, how: &ReadArgs, purpose: Purpose<'_>) -> anyhow::Result<Input> {
    let names = purpose.like.map(|like| like.names).unwrap_or_default();
    let reader = reader(how, names, purpose.carry);
    if let Some(name) = data.strip_prefix("dataset:") {
        let entry = datasets::find(name)?;
        let labelled = progress::downloading(|observer| entry.load(observer))?;
        let names = labelled.feature_names().to_vec();
        let no_targets = Array1::from_elem(labelled.records.nrows(), ());
        let table = Dataset::new(labelled.records, no_targets).with_feature_names(names);
        let sheet = reader.choose(Path::new(data), table)?;
        let whole = sheet.table.records.ncols() == entry.shape.1;
        return Ok(Input { sheet, image: entry.image.filter(|_| whole) });
    }
    let path = Path::new(data);
    if data == "-" {
        let sheet = reader.read_from(Path::new("standard input"), io::stdin().lock())?;
        return Ok(Input { sheet, image: None });
    }
    if is_images(path) {
        return read_images(&files(path)?, how, purpose);
    }
    let sheet = progress::reading(path, |observer| reader.observer(observer).read(path))?;
    Ok(Input { sheet, image: None })
}

fn reader<'a>(how: &ReadArgs, names: &[String], carry: bool) -> TableReader<'a> {
    let mut reader = TableReader::new()
        .exclude(&how.exclude)
        .skip(how.skip)
        .drop_missing(how.drop_missing)
        .carry(carry);
    if !how.columns.is_empty() {
        reader = reader.columns(&how.columns);
    } else if !names.is_empty() {
        reader = reader.columns_or_in_order(names);
    }
    match (how.header, how.no_header) {
        (true, _) => reader.header(true),
        (_, true) => reader.header(false),
        _ => reader,
    }
}

/// Files that are not images are tables, of which there can be one.
fn refuse_tables(data: &[String]) -> Result<(), Usage> {
    match data.iter().find(|data| !is_images(Path::new(data))) {
        Some(table) => Err(Usage(format!(
            "{table} is no image, and only images can be several; put tables together into one file"
        ))),
        None => Ok(()),
    }
}

#[cfg(feature = "images")]
fn is_images(path: &Path) -> bool {
    let is_pattern = path.to_string_lossy().contains(['*', '?', '[']) && !path.exists();
    path.is_dir() || is_pattern || mixlab::ImageReader::is_image(path)
}

#[cfg(feature = "images")]
fn files(path: &Path) -> mixlab::Result<Vec<PathBuf>> {
    match path.is_file() {
        true => Ok(vec![path.to_owned()]),
        false => mixlab::ImageReader::files(path),
    }
}

#[cfg(feature = "images")]
fn read_images(files: &[PathBuf], how: &ReadArgs, purpose: Purpose<'_>) -> anyhow::Result<Input> {
    let expected = purpose.like.and_then(|like| like.image);
    let grey = expected.is_some_and(|shape| shape.channels == 1);
    let mut reader = mixlab::ImageReader::new().grey(how.grey || grey);
    if let Some((width, height)) = how.resize {
        reader = reader.resize(width, height);
    }
    let set = progress::images(|observer| reader.read(files, observer))?;
    let (mut records, mut shape) = (set.records, set.shape);
    if let Some(expected) = expected {
        if expected.channels == 3 && shape.channels == 1 {
            let columns: Vec<usize> = (0..3 * records.ncols()).map(|value| value / 3).collect();
            records = records.select(Axis(1), &columns);
            shape.channels = 3;
        }
        if (shape.height, shape.width) != (expected.height, expected.width) {
            return Err(Usage(format!(
                "images of {} x {} pixels (width x height) are expected, and these have {} x {}; bring them to that \
                 size with --resize {}x{}",
                expected.width, expected.height, shape.width, shape.height, expected.width, expected.height
            ))
            .into());
        }
        records.mapv_inplace(|value| expected.low + value * (expected.high - expected.low));
        shape = expected;
    }
    let names = pixel_names(shape);
    let n_rows = records.nrows();
    let mut columns = Vec::new();
    if purpose.carry {
        columns.push(Column::Text { name: "file".into(), values: set.names });
    }
    let table = linfa::DatasetBase::from(records).with_feature_names(names);
    let sheet = Sheet { table, columns, rows: (0..n_rows).collect(), n_dropped: 0 };
    Ok(Input { sheet, image: Some(shape) })
}

/// `pixel_0_1`, or `pixel_0_1_red`, of the second pixel of the first line.
#[cfg(feature = "images")]
fn pixel_names(shape: ImageShape) -> Vec<String> {
    let colours: &[&str] = if shape.channels == 3 { &["_red", "_green", "_blue"] } else { &[""] };
    let pixels = (0..shape.height).flat_map(|i| (0..shape.width).map(move |j| (i, j)));
    let names = pixels.flat_map(|(i, j)| colours.iter().map(move |c| format!("pixel_{i}_{j}{c}")));
    names.collect()
}

#[cfg(not(feature = "images"))]
fn is_images(_: &Path) -> bool {
    false
}

#[cfg(not(feature = "images"))]
fn files(path: &Path) -> mixlab::Result<Vec<PathBuf>> {
    Ok(vec![path.to_owned()])
}

#[cfg(not(feature = "images"))]
fn read_images(_: &[PathBuf], _: &ReadArgs, _: Purpose<'_>) -> anyhow::Result<Input> {
    Err(Usage("images need a mixlab built with the feature \"images\"".into()).into())
}

impl Input {
    pub fn records(&self) -> &Array2<f64> {
        &self.sheet.table.records
    }

    pub fn names(&self) -> Vec<String> {
        self.sheet.table.feature_names().to_vec()
    }
}
