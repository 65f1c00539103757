//! Images as rows.

use std::path::{Path, PathBuf};

use linfa::DatasetBase;
use mixlab::ImageReader;
use mixlab::table::{Sheet, SheetColumn, check_expected_columns};

use super::{Input, Purpose, ReadArgs};
use crate::output::Usage;
use crate::progress::Terminal;

/// Whether a path is that of images: a folder, a pattern, or a file that ends as images do.
pub fn are_at(path: &Path) -> bool {
    let is_pattern = path.to_string_lossy().contains(['*', '?', '[']) && !path.exists();
    path.is_dir() || is_pattern || ImageReader::is_image(path)
}

/// The images at a path.
pub fn files(path: &Path) -> mixlab::Result<Vec<PathBuf>> {
    if path.is_file() { Ok(vec![path.to_owned()]) } else { ImageReader::files(path) }
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
    let mut reader = ImageReader::new().grey(how.grey || grey).memory_budget(purpose.memory);
    if let Some((width, height)) = how.resize {
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
    let sheet = Sheet { table, columns, rows: (0..n_rows).collect(), n_dropped: 0 };
    Ok(Input { sheet, image: Some(shape) })
}
