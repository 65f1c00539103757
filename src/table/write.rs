//! Writing tables, block by block of rows.

use std::cell::Cell;
use std::io::{self, Write};
use std::path::Path;

use ndarray::{Array2, ArrayView2, Axis, CowArray, Ix2};
use rayon::prelude::*;

use super::column_names;
use crate::arrays;
use crate::error::{Error, Result};
use crate::files::atomic::write_file;
use crate::files::ending;

/// Rows that a thread turns into text at a time.
const ROWS: usize = 1024;

/// What a table is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    /// Text with this separator.
    Text(u8),
    Npy,
    #[cfg(feature = "parquet")]
    Parquet,
}

impl Format {
    fn of(path: &Path) -> Result<Self> {
        match ending(path).as_str() {
            "csv" => Ok(Self::Text(b',')),
            "tsv" => Ok(Self::Text(b'\t')),
            "txt" => Ok(Self::Text(b' ')),
            "npy" => Ok(Self::Npy),
            #[cfg(feature = "parquet")]
            "parquet" => Ok(Self::Parquet),
            _ => Err(Error::param("the file to write", path.display(), FORMATS)),
        }
    }
}

#[cfg(feature = "parquet")]
const FORMATS: &str = "one that ends in .csv, .tsv, .txt, .npy or .parquet";
#[cfg(not(feature = "parquet"))]
const FORMATS: &str =
    "one that ends in .csv, .tsv, .txt or .npy (or .parquet, with the feature \"parquet\")";

/// Refuses a file whose ending is none that [`write_table`] writes.
///
/// # Errors
/// [`Error::InvalidParam`].
pub fn check_format(path: &Path) -> Result<()> {
    Format::of(path).map(drop)
}

/// Writes rows as the ending of the file's name says: `.csv`, `.tsv`, `.txt` (values between commas, tabs or
/// blanks, under a line of column names), `.npy`, or, with the feature `parquet`, `.parquet`. Numbers are written as
/// text with as many digits as it takes to read the same bits back.
///
/// # Errors
/// [`Error::InvalidParam`] for another ending, [`Error::Io`].
pub fn write_table(path: &Path, rows: ArrayView2<'_, f64>, names: &[String]) -> Result<()> {
    let block = CowArray::from(rows);
    write_blocks(path, block.dim(), names, &mut std::iter::once(block))
}

/// Writes a table of `(n_rows, n_columns)` like [`write_table`], from blocks of rows that need not be in memory at
/// once.
///
/// # Errors
/// As [`write_table`]; [`Error::Io`] if there are more or fewer rows.
pub fn write_blocks<'a>(
    path: &Path,
    (n_rows, n_columns): (usize, usize),
    names: &[String],
    blocks: &mut dyn Iterator<Item = CowArray<'a, f64, Ix2>>,
) -> Result<()> {
    let format = Format::of(path)?;
    let names = column_names(names, n_columns);
    let n_written = Cell::new(0);
    let blocks = &mut blocks.inspect(|block| n_written.set(n_written.get() + block.nrows()));
    write_file(path, |file| {
        match format {
            Format::Text(separator) => write_text(file, separator, &names, blocks)?,
            Format::Npy => {
                arrays::write_npy_header(file, &[n_rows, n_columns])?;
                for block in blocks {
                    arrays::write_npy_content(file, block.view())?;
                }
            }
            #[cfg(feature = "parquet")]
            Format::Parquet => super::parquet::write(file, &names, blocks)?,
        }
        match n_written.get() == n_rows {
            true => Ok(()),
            false => {
                Err(io::Error::new(io::ErrorKind::InvalidInput, "rows are not as many as said"))
            }
        }
    })
}

/// Writes rows as text between commas under a line of column names.
///
/// # Errors
/// What writing raises.
pub fn write_csv(
    out: &mut dyn Write,
    names: &[String],
    blocks: &mut dyn Iterator<Item = Array2<f64>>,
) -> io::Result<()> {
    write_text(out, b',', names, &mut blocks.map(CowArray::from))
}

fn write_text<'a>(
    out: &mut dyn Write,
    separator: u8,
    names: &[String],
    blocks: &mut dyn Iterator<Item = CowArray<'a, f64, Ix2>>,
) -> io::Result<()> {
    write_names(out, separator, names)?;
    for block in blocks {
        let chunks: Vec<_> = block.axis_chunks_iter(Axis(0), ROWS).collect();
        let texts: Vec<_> = chunks.into_par_iter().map(|rows| text_of(rows, separator)).collect();
        for text in texts {
            out.write_all(&text?)?;
        }
    }
    Ok(())
}

fn write_names(out: &mut dyn Write, separator: u8, names: &[String]) -> io::Result<()> {
    if separator == b' ' {
        // there are no quotes between blanks, and a # would begin a comment
        let one_word = |c: char| if c.is_whitespace() || c == '#' { '_' } else { c };
        let words: Vec<String> = names.iter().map(|n| n.chars().map(one_word).collect()).collect();
        return writeln!(out, "{}", words.join(" "));
    }
    let mut csv = csv::WriterBuilder::new().delimiter(separator).from_writer(out);
    csv.write_record(names)?;
    csv.flush()
}

/// Writes a number with the digits that it takes to read the same bits back; with an exponent if it is very large or
/// very small.
fn write_number(out: &mut dyn Write, value: f64) -> io::Result<()> {
    match value == 0.0 || (1e-5..1e16).contains(&value.abs()) {
        true => write!(out, "{value}"),
        false => write!(out, "{value:e}"),
    }
}

fn text_of(rows: ArrayView2<'_, f64>, separator: u8) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    for row in rows.rows() {
        for (column, value) in row.iter().enumerate() {
            if column > 0 {
                text.push(separator);
            }
            write_number(&mut text, *value)?;
        }
        text.push(b'\n');
    }
    Ok(text)
}

/// Values of a column to write.
#[derive(Debug, Clone, Copy)]
pub enum Cells<'a> {
    /// Numbers.
    Numbers(&'a [f64]),
    /// Whole numbers, such as labels.
    Counts(&'a [usize]),
    /// Texts.
    Texts(&'a [String]),
}

/// Writes columns of as many values each to a file: `.csv`, or `.tsv` for tabs between values, under a line of their
/// names.
///
/// # Errors
/// [`Error::InvalidParam`] for another ending, [`Error::Io`].
pub fn write_columns(path: &Path, columns: &[(String, Cells<'_>)]) -> Result<()> {
    let separator = match ending(path).as_str() {
        "csv" => b',',
        "tsv" => b'\t',
        _ => {
            let expected = "one that ends in .csv or .tsv";
            return Err(Error::param("the file to write", path.display(), expected));
        }
    };
    write_file(path, |file| write_separated(file, separator, columns))
}

/// Writes columns of as many values each as text between commas under a line of their names.
///
/// # Errors
/// What writing raises.
pub fn write_columns_to(out: &mut dyn Write, columns: &[(String, Cells<'_>)]) -> io::Result<()> {
    write_separated(out, b',', columns)
}

/// Writes labels as a `.npy` file of 64-bit integers, shape `(n_samples,)`.
///
/// # Errors
/// [`Error::Io`].
pub fn write_labels(path: &Path, labels: &[usize]) -> Result<()> {
    write_file(path, |file| arrays::write_npy_labels(file, labels))
}

fn write_separated(
    out: &mut dyn Write,
    separator: u8,
    columns: &[(String, Cells<'_>)],
) -> io::Result<()> {
    let n_rows = columns.first().map_or(0, |(_, cells)| cells.len());
    if columns.iter().any(|(_, cells)| cells.len() != n_rows) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "columns are not equally long"));
    }
    let mut csv = csv::WriterBuilder::new().delimiter(separator).from_writer(out);
    csv.write_record(columns.iter().map(|(name, _)| name))?;
    let mut text = Vec::new();
    for row in 0..n_rows {
        for (_, cells) in columns {
            text.clear();
            match cells {
                Cells::Texts(texts) => text.extend(texts[row].as_bytes()),
                Cells::Numbers(numbers) => write_number(&mut text, numbers[row])?,
                Cells::Counts(counts) => write!(text, "{}", counts[row])?,
            }
            csv.write_field(&text)?;
        }
        csv.write_record(None::<&[u8]>)?;
    }
    csv.flush()
}

impl Cells<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Numbers(numbers) => numbers.len(),
            Self::Counts(counts) => counts.len(),
            Self::Texts(texts) => texts.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_all_kinds_stand_side_by_side() {
        let mut out = Vec::new();
        let (numbers, texts) = ([1.0, -0.25], ["a,b".to_owned(), String::new()]);
        let columns = [
            ("name".to_owned(), Cells::Texts(&texts)),
            ("x".to_owned(), Cells::Numbers(&numbers)),
            ("component".to_owned(), Cells::Counts(&[3, 0])),
        ];
        write_columns_to(&mut out, &columns).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "name,x,component\n\"a,b\",1,3\n,-0.25,0\n");
    }

    #[test]
    fn numbers_are_read_back_bit_by_bit_and_not_longer_than_they_need_to_be() {
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

    #[test]
    fn blocks_make_one_table() {
        let folder = tempfile::tempdir().unwrap();
        let rows = Array2::from_shape_fn((5000, 3), |(i, j)| (i * 3 + j) as f64 / 7.0);
        for name in ["x.csv", "x.tsv", "x.txt", "x.npy"] {
            let path = folder.path().join(name);
            let mut blocks = rows.axis_chunks_iter(Axis(0), 1999).map(CowArray::from);
            write_blocks(&path, rows.dim(), &[], &mut blocks).unwrap();
            assert_eq!(crate::table::read_table(&path).unwrap().records, rows, "{name}");
        }
    }
}
