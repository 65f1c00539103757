//! Input of images as rows.

use std::path::{Path, PathBuf};

use linfa::DatasetBase;
use mixlab::ImageReader;
use mixlab::table::{Schema, Sheet, SheetColumn, check_expected_columns};

use super::{Input, Purpose, ReadArgs};
use crate::output::{Usage, note};
use crate::progress::Terminal;

/// Whether a path refers to images: a folder, a pattern, or a file with the extension of an image.
pub fn are_at(path: &Path) -> bool {
    let is_pattern = path.to_string_lossy().contains(['*', '?', '[']) && !path.exists();
    path.is_dir() || is_pattern || ImageReader::is_image(path)
}

/// Returns the paths of the images at a path.
pub fn files(path: &Path) -> mixlab::Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let files = ImageReader::files(path)?;
    if let Some(ignored) = ImageReader::ignored(path)? {
        let (path, n) = (path.display(), files.len());
        note(format_args!("{path}: the images in the folder itself are read ({n}); {ignored}"));
    }
    Ok(files)
}

/// Reads images, converted to the channels and the range of the expected images.
pub fn read(
    files: &[PathBuf],
    read_args: &ReadArgs,
    purpose: Purpose<'_>,
) -> anyhow::Result<Input> {
    let has_table_options = !read_args.columns.is_empty()
        || !read_args.exclude.is_empty()
        || !read_args.categorical.is_empty()
        || !read_args.numeric.is_empty()
        || !read_args.date.is_empty()
        || read_args.skip > 0
        || read_args.drop_missing
        || read_args.header
        || read_args.no_header
        || read_args.has_text_options();
    if has_table_options {
        let options = "--columns, --exclude, --categorical, --numeric, --date, --drop-missing, --header, --no-header, --separator, \
                       --decimal, --missing-values, --comment and --skip";
        return Err(Usage(format!("{options} are for tables, and these are images")).into());
    }
    let expected = purpose.expected.and_then(|expected| expected.image);
    let grey = expected.is_some_and(|shape| shape.channels == 1);
    let mut reader = ImageReader::new().grey(read_args.grey || grey).memory_budget(purpose.memory);
    if let Some((width, height)) = read_args.resize {
        reader = reader.resize(width, height);
    }
    let mut set = reader.read(files, &Terminal::new("images"))?;
    if let Some(expected) = expected {
        set = set.matching(expected)?;
    }
    let (records, shape) = (set.records, set.shape);
    check_expected_columns(purpose.names(), records.ncols())?;
    let n_rows = records.nrows();
    let mut columns = Vec::new();
    if purpose.carry {
        columns.push(SheetColumn::Text { name: "file".into(), values: set.names });
    }
    let table = DatasetBase::from(records).with_feature_names(shape.pixel_names());
    let (rows, image) = ((0..n_rows).collect(), Some(shape));
    let schema = Schema::of_numbers(table.records.view(), &shape.pixel_names());
    let (n_dropped, decisions) = (0, Vec::new());
    let sheet = Sheet { table, schema, columns, rows, n_dropped, decisions, image };
    Ok(Input { sheet, image: Some(shape) })
}
