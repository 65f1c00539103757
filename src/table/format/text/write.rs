//! Writing text tables.

use std::io::{self, Write};
use std::ops::Range;

use csv::QuoteStyle;
use rayon::prelude::*;

use super::numeral::notation;
use crate::table::cells::{BlockWriter, Cells, ColumnKind};
use crate::table::missing::is_missing_word;

/// Number of rows that a thread formats at a time.
const ROWS: usize = 1024;
/// Number of rows that are formatted before they are written.
const ROWS_AT_ONCE: usize = 64 * ROWS;

/// Writes values as separated text.
pub(in crate::table::format) struct TextWriter<'a, W: Write + ?Sized> {
    out: &'a mut W,
    separator: u8,
}

impl<'a, W: Write + ?Sized> TextWriter<'a, W> {
    /// Writes a line of column names.
    ///
    /// # Errors
    /// Any error from writing.
    pub(in crate::table::format) fn begin(
        out: &'a mut W,
        separator: u8,
        columns: &[(String, ColumnKind)],
    ) -> io::Result<Self> {
        let names = columns.iter().map(|(name, _)| name);
        // a line of numbers or missing values is read as names if it is quoted
        let is_value =
            |name: &str| notation(name).is_some() || (!name.is_empty() && is_missing_word(name));
        let has_number = names.clone().any(|name| is_value(name.trim()));
        if separator == b' ' {
            // other readers do not accept quoted words, and a # would start a comment
            let one_word = |c: char| if c.is_whitespace() || c == '#' { '_' } else { c };
            let word = |name: &String| {
                let word: String = name.chars().map(one_word).collect();
                if has_number { format!("\"{word}\"") } else { word }
            };
            let words: Vec<String> = names.map(word).collect();
            writeln!(out, "{}", words.join(" "))?;
        } else {
            let style = if has_number { QuoteStyle::Always } else { QuoteStyle::Necessary };
            let mut csv = csv::WriterBuilder::new()
                .delimiter(separator)
                .comment(Some(b'#'))
                .quote_style(style)
                .from_writer(&mut *out);
            csv.write_record(names)?;
            csv.flush()?;
        }
        Ok(Self { out, separator })
    }
}

impl<W: Write + ?Sized> BlockWriter for TextWriter<'_, W> {
    fn write(&mut self, block: &[Cells<'_>], n_rows: usize) -> io::Result<()> {
        for first in (0..n_rows).step_by(ROWS_AT_ONCE) {
            let end = n_rows.min(first + ROWS_AT_ONCE);
            let chunks: Vec<_> = (first..end).step_by(ROWS).collect();
            let texts: Vec<_> = chunks
                .into_par_iter()
                .map(|first| text_of(block, first..end.min(first + ROWS), self.separator))
                .collect();
            texts.into_iter().try_for_each(|text| self.out.write_all(&text?))?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>, _: usize) -> io::Result<()> {
        self.out.flush()
    }
}

/// Formats a range of rows as lines.
fn text_of(block: &[Cells<'_>], rows: Range<usize>, separator: u8) -> io::Result<Vec<u8>> {
    if block.iter().any(|cells| cells.kind() == ColumnKind::Text) {
        return quoted_text_of(block, rows, separator);
    }
    let mut text = Vec::new();
    for row in rows {
        for (column, cells) in block.iter().enumerate() {
            if column > 0 {
                text.push(separator);
            }
            // an empty line would be no row, and words between blanks cannot be empty
            if separator == b' ' || block.len() == 1 || !is_missing(cells, row) {
                write_cell(&mut text, cells, row)?;
            }
        }
        text.push(b'\n');
    }
    Ok(text)
}

/// Formats a range of rows as lines, with quotes where texts need them.
fn quoted_text_of(block: &[Cells<'_>], rows: Range<usize>, separator: u8) -> io::Result<Vec<u8>> {
    // a line that begins with # is a comment
    let mut csv =
        csv::WriterBuilder::new().delimiter(separator).comment(Some(b'#')).from_writer(Vec::new());
    let mut text = Vec::new();
    for row in rows {
        for cells in block {
            text.clear();
            if !is_missing(cells, row) {
                write_cell(&mut text, cells, row)?;
            }
            csv.write_field(&text)?;
        }
        csv.write_record(None::<&[u8]>)?;
    }
    csv.into_inner().map_err(|error| error.into_error())
}

/// Whether a number is missing, which an empty field says.
fn is_missing(cells: &Cells<'_>, row: usize) -> bool {
    matches!(cells, Cells::Numbers(numbers) if numbers[row].is_nan())
}

fn write_cell(out: &mut Vec<u8>, cells: &Cells<'_>, row: usize) -> io::Result<()> {
    match cells {
        Cells::Numbers(numbers) => write_number(out, numbers[row]),
        Cells::Counts(counts) => write!(out, "{}", counts[row]),
        Cells::Texts(texts) => out.write_all(texts[row].as_bytes()),
    }
}

/// Writes a number with the shortest digits that read back to the same bits; with an exponent if it is very large or very
/// small.
fn write_number(out: &mut Vec<u8>, value: f64) -> io::Result<()> {
    if value == 0.0 || (1e-5..1e16).contains(&value.abs()) {
        write!(out, "{value}")
    } else {
        write!(out, "{value:e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_read_back_to_the_same_bits() {
        for (value, expected) in [
            (0.1 + 0.2, "0.30000000000000004"),
            (1e200, "1e200"),
            (-3.7e-27, "-3.7e-27"),
            (0.0, "0"),
            (123456789012345.0, "123456789012345"),
        ] {
            let mut text = Vec::new();
            write_number(&mut text, value).unwrap();
            let text = String::from_utf8(text).unwrap();
            assert_eq!(text, expected);
            assert_eq!(text.parse::<f64>().unwrap().to_bits(), value.to_bits());
        }
    }
}
