//! Text tables. One piece of the file is in memory at a time, and its lines are parsed in parallel.
//!
//! | step | |
//! | --- | --- |
//! | encoding | UTF-8, or UTF-16 that is converted (`encoding`) |
//! | separator | the most consistent one in the first lines (`separator`) |
//! | sample | records at the beginning, and some that are spread over the file (`sample`, `spread`) |
//! | dialect | names, units, row index and empty columns, decimal marks, truth values (`dialect`) |
//! | readings | each column is read as numbers, dates or texts (`reading`) |
//! | rows | parsed by the dialect; what contradicts it is an error with its line (`parse`, `part`, `check`). A column of a file that turns out to hold texts is read again as such |
//!
//! A piece without quotes is split at line ends into parts, one for each thread. A piece with quotes is read record by record,
//! since line ends may be within quotes.

mod beginning;
mod buffer;
mod check;
mod comments;
mod dialect;
mod encoding;
mod field;
mod header;
mod layout;
mod marks;
mod numeral;
mod parse;
mod part;
mod plan;
mod reading;
mod record;
mod roles;
mod row_index;
mod sample;
mod separator;
mod sign;
mod spread;
mod stream;
#[cfg(test)]
mod tests;
mod write;

use self::stream::TextStream;
use super::file_format::{Format, Output, Target};
use crate::error::{Error, Result};
use crate::table::cells::BlockWriter;
use crate::table::input::Input;
use crate::table::options::Source;
use crate::table::size::TableSize;
use crate::table::stream::RowStream;

pub(super) use self::write::TextWriter;

/// Text with separated values.
pub(super) struct Text;

impl Format for Text {
    fn extensions(&self) -> &'static [&'static str] {
        &["csv", "tsv", "txt"]
    }

    fn begins(&self, _: &[u8]) -> bool {
        // text is the default for files of no other format
        false
    }

    fn size(&self, source: &Source, input: Input<'_>, length: u64) -> Result<Option<TableSize>> {
        TextStream::open(source, input)?.size(length).map(Some)
    }

    fn open<'a>(&self, source: &Source, input: Input<'a>) -> Result<Box<dyn RowStream + 'a>> {
        Ok(Box::new(TextStream::open(source, input)?))
    }

    fn writer<'a>(
        &self,
        out: &'a mut dyn Output,
        target: &Target<'_>,
    ) -> Result<Box<dyn BlockWriter + 'a>> {
        let separator = match target.extension {
            "csv" => b',',
            "tsv" => b'\t',
            _ => b' ',
        };
        if separator == b' ' {
            target.refuse_text(
                "one of a format that holds text, such as .csv; .txt holds only numbers",
            )?;
        }
        let writer = TextWriter::begin(out, separator, target.columns);
        Ok(Box::new(writer.map_err(|error| Error::io(target.path, error))?))
    }
}
