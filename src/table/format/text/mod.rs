//! Text tables. One piece of the file is in memory at a time, and its lines are parsed in parallel.
//!
//! A piece without quotes is split at line ends into parts, one for each thread. From the first quote on, the rest is read
//! record by record, since line ends may be within quotes.

mod check;
mod field;
mod head;
mod lines;
mod parse;
mod part;
mod separator;
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
        TextStream::open(source, input.into_stream())?.size(length).map(Some)
    }

    fn open<'a>(&self, source: &Source, input: Input<'a>) -> Result<Box<dyn RowStream + 'a>> {
        Ok(Box::new(TextStream::open(source, input.into_stream())?))
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
