//! Parquet files: columns of numbers, row group by row group.

mod chosen;
mod decimal;
mod rows;
mod write;

use ::parquet::errors::ParquetError;
use ::parquet::file::reader::{FileReader, SerializedFileReader};

use self::chosen::Chosen;
use self::rows::{COLUMN_BYTES, ParquetRows};
use self::write::RowGroups;
use super::file_format::{Format, Output, Target};
use crate::error::{Error, Result};
use crate::table::cells::BlockWriter;
use crate::table::input::Input;
use crate::table::numbers::{InOrder, NumberStream};
use crate::table::options::Source;
use crate::table::random_access::RandomAccess;
use crate::table::size::TableSize;
use crate::table::spill::OpenedRows;
use crate::table::stream::RowStream;

/// Text added to the list of extensions that are written; empty, since the feature is enabled.
pub(super) const MISSING: &str = "";

/// Parquet files.
pub(super) struct Parquet;

impl Format for Parquet {
    fn extensions(&self) -> &'static [&'static str] {
        &["parquet"]
    }

    fn begins(&self, magic: &[u8]) -> bool {
        magic.starts_with(b"PAR1")
    }

    fn size(&self, source: &Source, input: Input<'_>, _: u64) -> Result<Option<TableSize>> {
        if !input.is_file() {
            // the footer is at the end of the compressed data
            return Ok(None);
        }
        let (_, chosen) = open_file(source, input.into_random_access(source)?)?;
        let n_columns = chosen.kinds.len();
        let size = TableSize::of(chosen.n_rows as u64, n_columns, true);
        let peak = size.peak.saturating_add(COLUMN_BYTES * n_columns as u64);
        Ok(Some(TableSize { peak, ..size }))
    }

    fn open<'a>(&self, source: &Source, input: Input<'a>) -> Result<Box<dyn RowStream + 'a>> {
        let (length, observer) = (input.length, input.observer);
        let (file, chosen) = open_file(source, input.into_random_access(source)?)?;
        let (columns, n_rows) = (chosen.columns.clone(), Some(chosen.n_rows));
        let rows =
            Box::new(InOrder::new(Box::new(ParquetRows::new(file, &source.path, chosen, 1))));
        let stream = NumberStream::new(source, columns, rows, n_rows);
        Ok(Box::new(stream.observed(observer, length)))
    }

    fn open_rows(&self, source: &Source, input: Input<'_>) -> Result<OpenedRows> {
        if !input.is_file() {
            let problem = "a Parquet file that is compressed as a whole, or comes from a pipe, cannot be streamed; \
                           unpack it to a file";
            return Err(source.array_format(problem.into()));
        }
        let (file, chosen) = open_file(source, input.into_random_access(source)?)?;
        let columns = chosen.columns.clone();
        let n_cursors = rows::most_cursors(columns.places.len(), source.options.budget);
        let rows = Box::new(ParquetRows::new(file, &source.path, chosen, n_cursors));
        Ok(OpenedRows::new(columns, rows))
    }

    fn writer<'a>(
        &self,
        out: &'a mut dyn Output,
        target: &Target<'_>,
    ) -> Result<Box<dyn BlockWriter + 'a>> {
        let writer = RowGroups::begin(out, target.columns);
        Ok(Box::new(writer.map_err(|error| Error::io(target.path, error.into()))?))
    }
}

/// Reads the footer of a file.
fn open_file(
    source: &Source,
    file: RandomAccess,
) -> Result<(SerializedFileReader<RandomAccess>, Chosen)> {
    let wrong = |error: ParquetError| source.array_format(error.to_string());
    let file = SerializedFileReader::new(file).map_err(wrong)?;
    let chosen = Chosen::of(source, file.metadata())?;
    Ok((file, chosen))
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, Axis, CowArray};

    use crate::table::TableReader;

    #[test]
    fn written_tables_are_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.parquet");
        let rows = Array2::from_shape_fn((3000, 2), |(i, j)| i as f64 / 3.0 - j as f64);
        let names = ["a", "b"].map(String::from);
        let mut blocks = rows.axis_chunks_iter(Axis(0), 700).map(CowArray::from);
        crate::table::write_blocks(&path, rows.dim(), &names, &mut blocks).unwrap();
        let sheet = TableReader::new().columns(["b", "a"]).read(&path).unwrap();
        assert_eq!(sheet.table.feature_names(), ["b", "a"]);
        assert_eq!(sheet.table.records.column(1), rows.column(0));
        // from a pipe as from a file
        let bytes = std::fs::read(&path).unwrap();
        let piped = TableReader::new().read_from("x.parquet".as_ref(), &bytes[..]).unwrap();
        assert_eq!(piped.table.records, rows);
        std::fs::write(&path, b"PAR1 cut off").unwrap();
        let error = TableReader::new().read(&path).unwrap_err().to_string();
        assert!(error.contains("x.parquet"), "{error}");
    }
}
