//! Images as rows.

use std::path::{Path, PathBuf};

use linfa::DatasetBase;
use mixlab::table::{Column, Sheet};
use mixlab::{ImageReader, ImageShape};
use ndarray::Axis;

use super::{Input, Purpose};
use crate::args::ReadArgs;
use crate::output::Usage;
use crate::progress;

/// Whether a path is that of images: a folder, a pattern, or a file that ends as images do.
pub fn are_at(path: &Path) -> bool {
    let is_pattern = path.to_string_lossy().contains(['*', '?', '[']) && !path.exists();
    path.is_dir() || is_pattern || ImageReader::is_image(path)
}

/// The images at a path.
pub fn files(path: &Path) -> mixlab::Result<Vec<PathBuf>> {
    match path.is_file() {
        true => Ok(vec![path.to_owned()]),
        false => ImageReader::files(path),
    }
}

/// Reads images, brought to the colours and the range of those that they should be like.
pub fn read(files: &[PathBuf], how: &ReadArgs, purpose: Purpose<'_>) -> anyhow::Result<Input> {
    let of_tables = !how.columns.is_empty()
        || !how.exclude.is_empty()
        || how.skip > 0
        || how.drop_missing
        || how.header
        || how.no_header;
    if of_tables {
        let options = "--columns, --exclude, --drop-missing, --header, --no-header and --skip";
        return Err(Usage(format!("{options} are for tables, and these are images")).into());
    }
    let expected = purpose.like.and_then(|like| like.image);
    let grey = expected.is_some_and(|shape| shape.channels == 1);
    let mut reader = ImageReader::new().grey(how.grey || grey);
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
    let table = DatasetBase::from(records).with_feature_names(names);
    let sheet = Sheet { table, columns, rows: (0..n_rows).collect(), n_dropped: 0 };
    Ok(Input { sheet, image: Some(shape) })
}

/// `pixel_0_1`, or `pixel_0_1_red`, of the second pixel of the first line.
fn pixel_names(shape: ImageShape) -> Vec<String> {
    let colours: &[&str] = if shape.channels == 3 { &["_red", "_green", "_blue"] } else { &[""] };
    let pixels = (0..shape.height).flat_map(|i| (0..shape.width).map(move |j| (i, j)));
    let names = pixels.flat_map(|(i, j)| colours.iter().map(move |c| format!("pixel_{i}_{j}{c}")));
    names.collect()
}
