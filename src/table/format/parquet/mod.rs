//! Parquet files, row group by row group: numbers, texts, truth values, dates and times.

mod chosen;
mod decimal;
mod in_order;
mod kind;
mod rows;
#[cfg(test)]
mod tests;
mod write;

use ::parquet::errors::ParquetError;
use ::parquet::file::reader::{FileReader, SerializedFileReader};

use self::chosen::Chosen;
use self::in_order::InFileOrder;
use self::rows::{COLUMN_BYTES, ParquetRows};
use self::write::RowGroups;
use super::file_format::{Format, Output, Target};
use crate::error::{Error, Result};
use crate::table::cells::BlockWriter;
use crate::table::input::Input;
use crate::table::numbers::NumberStream;
use crate::table::options::Source;
use crate::table::random_access::RandomAccess;
use crate::table::size::TableSize;
use crate::table::spill::{OpenedRows, SpillFile};
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
        let raw = chosen.raw.clone();
        let rows = ParquetRows::new(file, &source.path, chosen, 1);
        let rows = Box::new(InFileOrder::new(rows, raw));
        let stream = NumberStream::new(source, columns, rows, n_rows);
        Ok(Box::new(stream.observed(observer, length)))
    }

    fn open_rows(&self, source: &Source, input: Input<'_>) -> Result<OpenedRows> {
        let (access, copied) = if input.is_file() {
            (input.into_random_access(source)?, None)
        } else {
            // the footer is at the end, so the bytes are copied unchanged
            let mut file = SpillFile::create()?;
            file.copy_from(source, &mut input.into_stream())?;
            let (file, length) = file.into_file();
            (file, Some(length))
        };
        let (file, chosen) = open_file(source, access.clone())?;
        if chosen.kinds.iter().any(|kind| kind.is_text()) {
            // texts have codes in the order of the file
            let input = Input::random_access(access);
            return OpenedRows::spilled(source, &mut *self.open(source, input)?);
        }
        let (columns, raw) = (chosen.columns.clone(), chosen.raw.clone());
        let n_cursors = rows::most_cursors(columns.places.len(), source.options.budget);
        let rows = Box::new(ParquetRows::new(file, &source.path, chosen, n_cursors));
        Ok(OpenedRows { copied, raw, ..OpenedRows::new(columns, rows) })
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
