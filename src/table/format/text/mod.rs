//! Text tables, read in pieces: a piece of the file is in memory at a time, and its lines are parsed in parallel.
//!
//! A piece in which nothing is quoted is cut at ends of lines into parts, one for each thread. From the first quote
//! on, the rest is read record by record, since only then is it known which ends of lines lie within quotes.

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

use std::io::Write;
use std::path::Path;

use self::parse::{csv_reader, text_of, words};
use self::separator::{Separator, separator};
use self::stream::TextStream;
use self::write::TextWriter;
use super::{Beginning, Format, Output, Target};
use crate::error::{Error, Result};
use crate::files::file_extension;
use crate::table::TableReader;
use crate::table::input::{Input, Source};
use crate::table::size::TableSize;
use crate::table::stream::RowStream;
use crate::table::writer::{BlockWriter, ColumnKind};

const NOT_UTF8: &str = "the text is not UTF-8; save the file in that encoding";

/// Text: values between separators.
pub(super) struct Text;

impl Format for Text {
    fn extensions(&self) -> &'static [&'static str] {
        &["csv", "tsv", "txt"]
    }

    fn begins(&self, _: &[u8]) -> bool {
        // what is of no other format is text
        false
    }

    fn size(
        &self,
        _: &TableReader<'_>,
        source: &Source,
        begin: &Beginning<'_>,
    ) -> Result<Option<TableSize>> {
        let separator = separator(begin.bytes, usual_separator(&source.path));
        Ok(Some(estimate_size(begin.bytes, begin.length, separator)))
    }

    fn open<'a>(
        &self,
        reader: &TableReader<'_>,
        source: &Source,
        input: Input<'a>,
    ) -> Result<Box<dyn RowStream + 'a>> {
        let usual = usual_separator(&source.path);
        Ok(Box::new(TextStream::open(reader, source, input.into_stream(), usual)?))
    }

    fn writer<'a>(
        &self,
        out: &'a mut dyn Output,
        target: &Target<'_>,
        columns: &[(String, ColumnKind)],
        _: Option<usize>,
    ) -> Result<Box<dyn BlockWriter + 'a>> {
        let separator = match target.extension {
            "csv" => b',',
            "tsv" => b'\t',
            _ => b' ',
        };
        if separator == b' ' && columns.iter().any(|&(_, kind)| kind == ColumnKind::Text) {
            let expected =
                "one of a format that holds text, such as .csv; .txt holds numbers between blanks";
            return Err(Error::param("the file to write", target.path.display(), expected));
        }
        let writer = TextWriter::begin(out, separator, columns);
        Ok(Box::new(writer.map_err(|error| Error::io(target.path, error))?))
    }
}

/// Writes text between commas.
///
/// # Errors
/// What writing raises.
pub(super) fn csv_writer<'a>(
    out: &'a mut dyn Write,
    columns: &[(String, ColumnKind)],
) -> std::io::Result<Box<dyn BlockWriter + 'a>> {
    Ok(Box::new(TextWriter::begin(out, b',', columns)?))
}

/// What usually separates values in a file of this name.
fn usual_separator(path: &Path) -> Separator {
    match file_extension(path).as_str() {
        "csv" | "gz" => Separator::Byte(b','),
        "tsv" => Separator::Byte(b'\t'),
        _ => Separator::Blanks,
    }
}

/// The size of a text of `length` bytes, by its beginning.
fn estimate_size(begin: &[u8], length: u64, separator: Separator) -> TableSize {
    let n_fields = |line: &[u8]| match separator {
        Separator::Byte(byte) => line.iter().filter(|&&other| other == byte).count() + 1,
        Separator::Blanks => words(line).len(),
    };
    let lines: Vec<usize> = begin.split(|&byte| byte == b'\n').map(n_fields).collect();
    // the last one may be cut off, the first ones a title
    let widest = lines.iter().copied().max().unwrap_or(0) as u64;
    let n_lines = length.saturating_mul(lines.len() as u64) / (begin.len() as u64).max(1) + 1;
    let bytes = n_lines.saturating_mul(8 * widest);
    // a list that grows is copied to one of twice its length
    TableSize { bytes, peak: bytes.saturating_mul(3) }
}
